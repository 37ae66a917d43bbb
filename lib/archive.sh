#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# One object of all, in which what is hidden is local: a program that has a function of the
# same name as one of ours keeps its own, and we keep ours.
# usage: archive.sh CC OBJCOPY AR INPUT.A OUTPUT.A
set -eu
cc=$1 objcopy=$2 ar=$3 input=$4 output=$5
object=${output%.a}.o
rm -f "$output" "$object"
$cc -r -nostdlib -o "$object" -Wl,--whole-archive "$input" -Wl,--no-whole-archive
"$objcopy" --localize-hidden "$object"
"$ar" crsD "$output" "$object"
rm -f "$object"
