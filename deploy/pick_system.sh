#!/bin/sh
# pick_system.sh ROOT PROGRAM...: copies these programs below ROOT, with the libraries they load, Python's standard
# library and the certificates. Which packages that came from, and under which licences, goes along: the one
# for scanners, as in other images without a package manager (/var/lib/dpkg/status.d), the other for people.
set -eu

root=$1
shift
mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/usr/sbin" "$root/etc" "$root/var/lib/dpkg/status.d"
for merged in bin lib lib64 sbin; do ln -s "usr/$merged" "$root/$merged"; done

list=$(mktemp)
picked() { cat >>"$list"; }

for program in "$@"; do command -v "$program"; done | picked
# sitecustomize and the like stay out; so does what only installs or tests packages.
python=$(dirname "$(python3 -c 'import os; print(os.__file__)')")
find "$python" -type f -name '*.py*' ! -path '*/test/*' ! -path '*/ensurepip/*' ! -path '*/idlelib/*' | picked
find "$python" -type f -name '*.so' | picked
printf '%s\n' /etc/ssl/certs/ca-certificates.crt /etc/ssl/openssl.cnf /etc/nsswitch.conf /etc/ld.so.conf /usr/share/zoneinfo/Etc/UTC | picked
find /etc/ld.so.conf.d -type f | picked

# Every program and module names its libraries; the loader is one of them.
grep -E '/bin/|\.so$' "$list" | while read -r file; do ldd "$(realpath "$file")" 2>/dev/null || true; done |
    grep -oE '/[^ )]+\.so[^ )]*' | sort -u | picked
# Loaded by name when a thread is cancelled.
find /usr/lib -name 'libgcc_s.so.1' | picked

sort -u "$list" | while read -r file; do
    if [ -e "$file" ]; then cp --dereference --parents --preserve=mode,timestamps "$file" "$root"; fi
done
printf 'root:x:0:0:root:/root:/nonexistent\nnobody:x:65534:65534:nobody:/nonexistent:/nonexistent\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
cp /etc/os-release "$root/etc/os-release"
ldconfig -r "$root"

sort -u "$list" | while read -r file; do
    real=$(realpath "$file")
    dpkg-query --search "$real" "/${real#/usr/}" 2>/dev/null | cut -d: -f1 || true
done | sort -u | while read -r package; do
    dpkg-query --status "$package" >"$root/var/lib/dpkg/status.d/$package"
    licence=/usr/share/doc/$package/copyright
    if [ -e "$licence" ]; then cp --dereference --parents "$licence" "$root"; fi
done
