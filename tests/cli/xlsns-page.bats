#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# xlsns --graph=html: one page that needs nothing else, with names from hostile places in it; and the
# names of containers in the other pictures. Saved processes, multiplied, are the scene.

load common
load xlsns

evil='</script><img src=x onerror=alert(1)><script>alert(2)</script><!--'

# scene N: in $scene a procfs with N more processes, each in namespaces of its own: containers called
# shop-0 and so on, services, and one process and one container with names that are no good.
scene()
{
	need python3
	scene=$BATS_TEST_TMPDIR/proc
	python3 - "$host" "$scene" "$1" "$evil" <<-'END'
		import os, shutil, sys
		host, scene, n, evil = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
		shutil.copytree(host + '/1', scene + '/1', symlinks=True)
		ino = 4026533000
		for i in range(n):
		    pid, one = 1000 + i, f'{scene}/{1000 + i}'
		    shutil.copytree(host + '/1', one, symlinks=True)
		    with open(one + '/stat') as file:
		        words = file.read().rsplit(') ', 1)[1].split(' ')
		    words[1] = '1'
		    comm = '</script>' if i == 3 else f'prog{i}'
		    with open(one + '/stat', 'w') as file:
		        file.write(f'{pid} ({comm}) ' + ' '.join(words))
		    with open(one + '/cmdline', 'w') as file:
		        file.write((evil if i == 3 else f'/usr/bin/prog{i}') + '\0--serve\0')
		    name = '<img src=x onerror=alert(3)>' if i == 4 else f'shop-{i}'
		    with open(one + '/cgroup', 'w') as file:
		        file.write(f'0::/system.slice/db{i}.service\n' if i % 2 else f'0::/lxc.payload.{name}\n')
		    if os.path.isdir(one + '/task/1'):
		        os.rename(one + '/task/1', f'{one}/task/{pid}')
		    for kind in ('pid', 'net', 'mnt', 'uts', 'ipc'):
		        ino += 1
		        for link in (kind, kind + '_for_children'):
		            if os.path.lexists(f'{one}/ns/{link}'):
		                os.unlink(f'{one}/ns/{link}')
		                os.symlink(f'{kind}:[{ino}]', f'{one}/ns/{link}')
	END
}

# page: the page of the scene in $page.
page()
{
	page=$BATS_TEST_TMPDIR/page.html
	"$XLSNS" --proc="$scene" --graph=html "$@" >"$page"
}

# browse STEP...: as browse.py
browse()
{
	run "$BATS_TEST_DIRNAME/browse.py" "$page" "$@"
	[ "$status" != 77 ] || skip 'chromium is not installed, or does not start here'
	status_is 0
}

@test "the page is whole, and what others have named is no part of its HTML" {
	scene 8
	page
	python3 - "$page" "$evil" <<-'END'
		import html.parser, json, re, sys
		text = open(sys.argv[1], encoding='utf-8').read()
		# Nothing from elsewhere.
		assert not re.search(r'https?:|\bsrc=|\bhref=|url\(|@import|\bimport\b|fetch\(|XMLHttp', text.split('id="data">')[0])
		code = text.rsplit('<script>', 1)[1]
		assert not re.search(r'https?:|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|fetch\(', code)
		class Tags(html.parser.HTMLParser):
		    tags, ends, data, inside = [], [], '', False
		    def handle_starttag(self, tag, attrs):
		        self.tags.append(tag)
		        assert not [name for name, _ in attrs if name.startswith('on')], attrs
		        self.inside = ('id', 'data') in attrs
		    def handle_endtag(self, tag):
		        self.ends.append(tag)
		        self.inside = False
		    def handle_data(self, data):
		        if self.inside:
		            self.data += data
		tags = Tags()
		tags.feed(text)
		assert tags.tags.count('script') == 2 and tags.ends.count('script') == 2 and 'img' not in tags.tags
		assert not set('<>&') & set(tags.data)
		data = json.loads(tags.data)
		names = data['namespaces']
		assert any(n['command'] == sys.argv[2] + ' --serve' for n in names)
		assert any(n['container'] == '<img src=x onerror=alert(3)>' for n in names)
		assert len(names) == 8 * 5 + 11
	END
	# The same namespaces as the list has.
	[ "$(grep -c '^{"ns":' "$page")" = "$("$XLSNS" --proc="$scene" -l -n -r -o NS | wc -l)" ]
	page -t net -Q 'CONTAINER == "shop-2"'
	[ "$(grep -c '^{"ns":' "$page")" = 1 ]
}

@test "in a browser: no error, nothing asked for, no name takes effect" {
	scene 8
	page
	browse 'eval=document.querySelectorAll("img").length' 'eval=document.title.startsWith("Namespaces of ")' \
		'eval=[...document.querySelectorAll(".card b")].some(b => b.textContent.includes("onerror=alert(3)"))' \
		'eval=document.querySelectorAll("script").length' "click=.ns.t-uts" \
		'eval=document.getElementById("details").hidden'
	output_is $'0\ntrue\ntrue\n2\nfalse'
}

@test "in a browser: 500 namespaces, a container by typing, folding, types, details" {
	scene 100
	page
	browse size=1200x800 light 'eval=all.length' \
		'eval=document.querySelectorAll(".card[open]").length' \
		'eval=document.documentElement.scrollWidth <= 1200' \
		type=shop-42 'eval=document.getElementById("count").textContent' \
		'eval=[...document.querySelectorAll(".card:not([hidden]) > summary b")].map(b => b.textContent).join()' \
		'click=.card:not([hidden]) .t-net.ns' 'eval=document.querySelector("aside h2").textContent' \
		'eval=document.querySelector("aside").textContent.includes("xnsenter -t 1042 --net")' \
		key=Escape 'eval=document.getElementById("count").textContent' \
		'click=#types .t-net' 'eval=document.getElementById("count").textContent' \
		'click=#fold' 'eval=document.querySelectorAll(".card:not([open])").length' \
		"shot=$BATS_TEST_TMPDIR/light.png"
	output_is "511
0
true
\"5 of 511\"
\"shop-42\"
\"net namespace 4026533212\"
true
\"511 namespaces\"
\"409 of 511\"
0"
	browse size=1200x800 dark "shot=$BATS_TEST_TMPDIR/dark.png" \
		'eval=getComputedStyle(document.body).backgroundColor' 'click=#theme' \
		'eval=getComputedStyle(document.body).backgroundColor'
	[ "${lines[0]}" != "${lines[1]}" ]
	# A picture with nothing on it is a few kilobytes.
	for picture in light dark; do
		[ "$(stat -c %s "$BATS_TEST_TMPDIR/$picture.png")" -gt 30000 ]
	done
}

@test "in a browser: of 10,000 namespaces a part is drawn, and all are found" {
	scene 8
	page
	# As of 2,000 processes.
	python3 - "$page" <<-'END'
		import json, sys
		with open(sys.argv[1], encoding='utf-8') as file:
		    begin, rest = file.read().split('id="data">', 1)
		data, end = rest.split('</script>', 1)
		data, more = json.loads(data), []
		for n in data['namespaces']:
		    more += [dict(n, ns=n['ns'] + i * 5, pid=n['pid'] + i, command=f'/usr/bin/prog{i + 6} --serve',
		                  container=n['container'] and f'shop-{i + 6}', unit=n['unit'] and f'db{i + 6}.service')
		             for i in range(0, 1994, 2) if n['pid'] in (1006, 1007) and i]
		data['namespaces'] += more
		with open(sys.argv[1], 'w', encoding='utf-8') as file:
		    file.write(begin + 'id="data">' + json.dumps(data).replace('<', r'\u003c') + '</script>' + end)
	END
	elements='document.querySelectorAll("*").length'
	# What was there at first, after the next portion, with one of the last and with all unfolded.
	browse size=1200x800 light 'eval=all.length' "eval=$elements < 5000" \
		'eval=document.querySelectorAll(".card").length' 'eval=document.querySelector(".cards > .more").textContent' \
		'click=.more button' 'eval=document.querySelectorAll(".card").length' \
		type=shop-1998 'eval=byId("count").textContent' \
		'eval=[...document.querySelectorAll(".card[open] > summary b")].map(b => b.textContent).join()' \
		key=Escape 'eval=document.querySelectorAll(".card").length' \
		'eval=cardOf.get(all.at(-1).ns).element === undefined' 'eval=(choose(all.at(-1).ns), reveal(all.at(-1).ns))' \
		'eval=(box => box.top > 0 && box.bottom < 800)(document.querySelector(".ns.chosen").getBoundingClientRect())' \
		'eval=document.querySelectorAll(".card").length' \
		type=prog 'eval=byId("count").textContent' "eval=$elements < 6000" \
		'click=#fold' 'eval=document.querySelectorAll(".card:not([open])").length' "eval=$elements < 20000"
	output_is '10011
true
200
"Show 200 of 1802 more"
400
"5 of 10011"
"shop-1998"
200
true
null
true
201
"9995 of 10011"
true
0
true'
}

@test "in a browser: pid namespaces in each other, and what is owned below its owner" {
	sleeper -U -r -p -f
	outer=$sleeper
	page=$BATS_TEST_TMPDIR/page.html
	"$XLSNS" --graph=html >"$page"
	user=$(ns_ino "$outer" user) pid=$(ns_ino "$outer" pid)
	# More than there is room for are folded away.
	browse "eval=(reveal(byNs.get($pid).parent), reveal($pid))" "eval=rows.get($pid).some(place => place.item.closest('details.user').querySelector('.ns.t-user').textContent.includes('$user'))" \
		"eval=byNs.get($pid).owner === $user && byNs.get($user).owner === $(ns_ino self user)" \
		"eval=rows.get($pid).some(place => place.item.parentElement.closest('li') !== null)"
	output_is $'null\ntrue\ntrue\ntrue'
}

@test "dot and mermaid show containers by name" {
	scene 8
	for lang in dot mermaid; do
		run "$XLSNS" --proc="$scene" --graph="$lang" -t net
		status_is 0
		output_has 'container shop-2'
		# In its frame are its network and its process, and nothing else.
		[ "$(sed -n '/container shop-2/,/^  \(end\|}\)/p' <<<"$output" | grep -c '^  [np]')" = 2 ]
		sed -n '/container shop-2/,/^  \(end\|}\)/p' <<<"$output" | grep n4026533012
		output_lacks '<img'
		output_lacks 'container shop-1'
		# The one that the kernel began with is nobody's.
		! grep 4026531833 <<<"$output" | grep container
	done
	run "$XLSNS" --proc="$scene" --graph=dot -t net
	! have dot || dot -Tsvg <<<"$output" >/dev/null
}

@test "a page that cannot be written whole is a failure" {
	run sh -c '"$1" --graph=html >/dev/full' sh "$XLSNS"
	status_is 1
	output_is 'xlsns: write error: No space left on device'
	run "$XLSNS" --graph=pdf
	status_is 1
	output_is "xlsns: --graph: dot, mermaid or html, not 'pdf'"
}
