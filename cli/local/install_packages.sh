#!/bin/sh
# Installs Debian packages, as root, so that none of their services starts, now or at the next boot.
# Without packages, it only puts back what a killed run left behind.
# Usage: install_packages.sh root-folder package...
set -eu
umask 022
export DEBIAN_FRONTEND=noninteractive

root=${1%/}
shift
policy=$root/usr/sbin/policy-rc.d
aside=$policy.before-reelmill
draft=$policy.reelmill
mark="# reelmill: while packages are being installed"

# One at a time: another run's end would take the policy away in the middle of this one.
exec 9>"$root/run/reelmill-install.lock"
if [ $# -eq 0 ]; then flock -n 9 || exit 0; else flock 9; fi

there() { [ -e "$1" ] || [ -L "$1" ]; }

put_back() {
    if there "$policy" && ! grep -qsF "$mark" "$policy"; then
        # Somebody wrote it since: theirs stays.
        rm -f "$aside"
    else
        rm -f "$policy"
        if there "$aside"; then mv "$aside" "$policy"; fi
    fi
}

deny() {
    # Whole before it is moved there: killed halfway, it would not be known as ours.
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$draft"
    chmod 755 "$draft"
    # The host's own policy may permit, so that it cannot stay for the time of the run.
    if there "$policy"; then mv -f "$policy" "$aside"; fi
    mv "$draft" "$policy"
}

units_of() {
    case $1 in
    rabbitmq-server) echo rabbitmq-server.service epmd.service epmd.socket ;;
    postgresql) echo postgresql.service ;;
    esac
}

enabled() {
    for link in "$root"/etc/systemd/system/*.wants/"$1" "$root"/etc/rc?.d/S??"${1%.service}"; do
        if [ -L "$link" ]; then return 0; fi
    done
    return 1
}

disable() {
    if command -v systemctl >/dev/null; then systemctl --quiet disable "$1" || true; fi
    # Debian enables units where there is no systemctl, too.
    rm -f "$root"/etc/systemd/system/*.wants/"$1"
    if [ -e "$root/etc/init.d/${1%.service}" ]; then update-rc.d "${1%.service}" disable || true; fi
}

finish() {
    trap '' INT TERM HUP
    put_back
    for unit in $ours; do disable "$unit"; done
}

# Found with the lock in hand, ours is what a killed run left behind.
put_back
if [ $# -eq 0 ]; then exit; fi

# What the host has enabled already, epmd for another Erlang say, stays as it is.
ours=
for package; do
    for unit in $(units_of "$package"); do enabled "$unit" || ours="$ours $unit"; done
done

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
deny
apt-get update -q 9>&- || echo "apt-get update failed; going on with the package lists that are there"
apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" 9>&-
