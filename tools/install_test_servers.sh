#!/usr/bin/env bash
# Installs what the tests start by themselves: MariaDB, and tesseract. PostgreSQL comes as a Python package.
# Does nothing where they are there, or cannot be installed: the tests that need it are skipped then, and say so.
set -euo pipefail
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v mariadbd >/dev/null && command -v tesseract >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "mariadbd or tesseract is missing and cannot be installed here; their tests are skipped" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# No server of the machine is to be started: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends mariadb-server tesseract-ocr; } >/dev/null 2>&1; then
  echo "mariadb-server or tesseract-ocr could not be installed; their tests are skipped" >&2
fi
