#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Opens a page in a headless Chromium and does what it is told: browse.py PAGE STEP...
#   size=WxH  light  dark     how it is shown, before PAGE is loaded if they come first
#   type=TEXT                 into the search field
#   key=KEY                   one key, such as Escape
#   click=SELECTOR            the first element of that kind
#   eval=EXPRESSION           prints its value as JSON
#   shot=FILE                 a picture
# Ends with 1 and the reason if the page reports an error, or asks for anything but itself. 77: no
# browser that starts.
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OPTIONS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-extensions',
           '--disable-dev-shm-usage', '--disable-background-networking', '--remote-debugging-pipe',
           '--hide-scrollbars', '--proxy-server=127.0.0.1:9', 'about:blank']


class Browser:
    def __init__(self, directory):
        name = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')
        if not name:
            sys.exit(77)
        to_read, self.to = os.pipe()
        self.of, of_write = os.pipe()

        # Chromium reads its orders from 3 and answers to 4.
        def arrange():
            a, b = os.dup2(to_read, 13), os.dup2(of_write, 14)
            os.dup2(a, 3)
            os.dup2(b, 4)
        self.process = subprocess.Popen([name, f'--user-data-dir={directory}/profile'] + OPTIONS,
                                        preexec_fn=arrange, close_fds=False, start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=open(f'{directory}/stderr', 'wb'),
                                        env=dict(os.environ, HOME=directory, TMPDIR=directory))
        os.close(to_read)
        os.close(of_write)
        self.rest, self.number, self.events, self.session = b'', 0, [], None

    def end(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def message(self):
        end = time.time() + 120
        while b'\0' not in self.rest:
            if not select.select([self.of], [], [], max(0, end - time.time()))[0]:
                raise TimeoutError
            more = os.read(self.of, 1 << 16)
            if not more:
                raise EOFError
            self.rest += more
        text, self.rest = self.rest.split(b'\0', 1)
        return json.loads(text)

    def ask(self, method, **params):
        self.number += 1
        order = {'id': self.number, 'method': method, 'params': params}
        if self.session:
            order['sessionId'] = self.session
        os.write(self.to, json.dumps(order).encode() + b'\0')
        while True:
            message = self.message()
            if message.get('id') == self.number:
                if 'error' in message:
                    sys.exit(f'{method}: {message["error"]["message"]}')
                return message['result']
            self.events.append(message)

    def wait_for(self, method):
        while not any(event.get('method') == method for event in self.events):
            self.events.append(self.message())

    def evaluate(self, expression):
        result = self.ask('Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True)
        if 'exceptionDetails' in result:
            sys.exit(f'{expression}: {result["exceptionDetails"]["text"]}')
        return result['result'].get('value')


def open_page(browser, page):
    browser.ask('Page.navigate', url='file://' + os.path.abspath(page))
    browser.wait_for('Page.loadEventFired')


def step(browser, word):
    name, _, value = word.partition('=')
    if name == 'type':
        browser.evaluate('document.getElementById("search").focus()')
        browser.ask('Input.insertText', text=value)
    elif name == 'key':
        for kind in 'keyDown', 'keyUp':
            browser.ask('Input.dispatchKeyEvent', type=kind, key=value)
    elif name == 'click':
        browser.evaluate(f'document.querySelector({json.dumps(value)}).click()')
    elif name == 'eval':
        print(json.dumps(browser.evaluate(value)))
    elif name == 'shot':
        data = browser.ask('Page.captureScreenshot', format='png')['data']
        with open(value, 'wb') as file:
            file.write(base64.b64decode(data))
    elif name in ('light', 'dark'):
        browser.ask('Emulation.setEmulatedMedia',
                    features=[{'name': 'prefers-color-scheme', 'value': name}])
    elif name == 'size':
        width, height = map(int, value.split('x'))
        browser.ask('Emulation.setDeviceMetricsOverride', width=width, height=height,
                    deviceScaleFactor=1, mobile=False)
    else:
        sys.exit(f'unknown step {word}')


def complaints(browser, page):
    for event in browser.events:
        method, params = event.get('method'), event.get('params', {})
        if method == 'Runtime.exceptionThrown':
            details = params['exceptionDetails']
            yield details.get('exception', {}).get('description', details['text'])
        elif method == 'Log.entryAdded' and params['entry']['level'] == 'error':
            yield params['entry']['text']
        elif method == 'Page.javascriptDialogOpening':
            yield 'a dialog: ' + params['message']
        elif method == 'Network.requestWillBeSent':
            url = params['request']['url']
            if not url.startswith('file://' + os.path.abspath(page)):
                yield 'asks for ' + url


def main():
    page, steps = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        browser = Browser(directory)
        try:
            try:
                target = browser.ask('Target.createTarget', url='about:blank')['targetId']
            except (EOFError, TimeoutError, BrokenPipeError):
                print(open(f'{directory}/stderr', errors='replace').read()[-300:], file=sys.stderr)
                sys.exit(77)
            browser.session = browser.ask('Target.attachToTarget', targetId=target, flatten=True)['sessionId']
            for domain in 'Page', 'Runtime', 'Log', 'Network':
                browser.ask(domain + '.enable')
            while steps and steps[0].split('=')[0] in ('size', 'light', 'dark'):
                step(browser, steps.pop(0))
            open_page(browser, page)
            for word in steps:
                step(browser, word)
            browser.evaluate('new Promise(done => setTimeout(done, 50))')
            found = list(complaints(browser, page))
        finally:
            browser.end()
    for words in found:
        print('complaint: ' + words)
    sys.exit(1 if found else 0)


main()
