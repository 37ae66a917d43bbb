#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The bytes of a file, to be included between the braces of a C array. usage: bytes.sh FILE
set -eu
od -A n -v -t x1 "$1" | sed 's/ \(..\)/0x\1,/g'
