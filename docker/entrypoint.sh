#!/bin/sh
# Runs the jar of the image. Options in JAVA_OPTS are words, and are meant to be split.
set -eu
# shellcheck disable=SC2086
exec java -XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError ${JAVA_OPTS:-} \
  -jar /opt/backpack/backpack.jar "$@"
