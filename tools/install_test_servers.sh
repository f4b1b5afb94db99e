#!/usr/bin/env bash
# Installs what the tests start by themselves and is no Python package: MariaDB, tesseract, a browser, LibreOffice, Java (for Spark), programs that
# pack and encrypt, and the locales of a server that orders texts by a language.
# Does nothing where they are there, or cannot be installed: the tests that need them are skipped then, and say so.
set -euo pipefail
PATH=$PATH:/usr/sbin:/usr/local/sbin
missing=()
command -v mariadbd >/dev/null || missing+=(mariadb-server)
command -v tesseract >/dev/null || missing+=(tesseract-ocr)
command -v chromium >/dev/null || missing+=(chromium fonts-dejavu-core)
command -v soffice >/dev/null || missing+=(libreoffice-writer-nogui libreoffice-calc-nogui)
for program in zip unzip zstd bzip2; do
  command -v "$program" >/dev/null || missing+=("$program")
done
command -v java >/dev/null || missing+=(default-jre-headless)
command -v xz >/dev/null || missing+=(xz-utils)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v gpg >/dev/null || missing+=(gnupg)
command -v 7z >/dev/null || missing+=(p7zip-full)
[ -e /usr/share/i18n/locales/en_US ] || missing+=(locales)
[ ${#missing[@]} = 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "${missing[*]}: missing, and cannot be installed here; the tests that need them are skipped" >&2
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
if ! { apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1; then
  echo "${missing[*]}: could not be installed; the tests that need them are skipped" >&2
fi
