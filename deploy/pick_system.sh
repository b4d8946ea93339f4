#!/bin/sh
# pick_system.sh ROOT PROGRAM...: copies these programs below ROOT, with the libraries they load, Python's standard
# library and the certificates. Which packages that came from, and under which licences, goes along: the one
# for scanners, as in other images without a package manager (/var/lib/dpkg/status.d), the other for people.
set -eu

root=$1
shift
about=$root/var/lib/dpkg/status.d
mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/sbin" "$root/etc" "$about"
for merged in bin lib lib64 sbin; do ln -s "usr/$merged" "$root/$merged"; done

list=$(mktemp)
listed() { sort -u "$list"; }

for program in "$@"; do command -v "$program"; done >>"$list"
# What only installs or tests packages stays out.
python=$(dirname "$(python3 -c 'import os; print(os.__file__)')")
find "$python" -type f \( -name '*.py' -o -name '*.pyc' -o -name '*.so' \) \
    ! -path '*/test/*' ! -path '*/ensurepip/*' ! -path '*/idlelib/*' >>"$list"
printf '%s\n' /etc/ssl/certs/ca-certificates.crt /etc/ssl/openssl.cnf /etc/nsswitch.conf /etc/ld.so.conf >>"$list"
# The clocks that a database may go by.
find /etc/ld.so.conf.d /usr/share/zoneinfo -type f >>"$list"

# Every program and module names its libraries; the loader is one of them. Wheels name parts of the C library that
# nothing of Debian's names any more, and one is loaded by name when a thread is cancelled.
libraries=$(listed | grep -E '/bin/|\.so$' | xargs ldd | grep -oE '/[^ ):]+\.so[^ ):]*' | sort -u)
printf '%s\n' "$libraries" >>"$list"
dpkg-query --listfiles libc6 | grep -E '/lib[a-z_]+\.so\.[0-9]+$' >>"$list"
find /usr/lib -name libgcc_s.so.1 >>"$list"

listed | while read -r file; do if [ -e "$file" ]; then echo "$file"; fi; done |
    xargs cp --dereference --parents --preserve=mode,timestamps --target-directory="$root"
printf 'root:x:0:0:root:/root:/nonexistent\nnobody:x:65534:65534:nobody:/nonexistent:/nonexistent\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
cp /etc/os-release "$root/etc/os-release"
ldconfig -r "$root"

# A file may be known by its name before or after /lib became a part of /usr; what is generated is known by none.
packages=$(
    listed | xargs realpath --quiet | sed 'p; s:^/usr/:/:' | { xargs dpkg-query --search 2>/dev/null || true; } |
        sed -nE 's/^([a-z0-9][a-z0-9+.-]*)(:[a-z0-9]+)?: .*/\1/p' | sort -u
)
# shellcheck disable=SC2086  # one word a package
dpkg-query --status $packages | awk -v about="$about" '/^Package: / {file = about "/" $2} {print >file}'
for package in $packages; do
    licence=/usr/share/doc/$package/copyright
    if [ -e "$licence" ]; then cp --dereference --parents "$licence" "$root"; fi
done
