#!/bin/sh
# Runs the jar of the image. Options in JAVA_OPTS are words, and are meant to be split. Java takes as
# much outside the heap as in it: two times 30 % of the container, and what it needs for itself.
set -eu
# shellcheck disable=SC2086
exec java -XX:MaxRAMPercentage=30 -XX:+ExitOnOutOfMemoryError ${JAVA_OPTS:-} \
  -jar /opt/backpack/backpack.jar "$@"
