#!/bin/sh
# Checks an airport's displays, as a probe of a box: healthy when they can show the applied departure boards.
# Old displays cannot show version 5.0.
target=$1
displays=$2
grep -rqs "/boards:" "$target/manifests" || exit 1
if [ "$displays" = old ] && grep -rqs "/boards:5\.0\." "$target/manifests"; then exit 1; fi
exit 0
