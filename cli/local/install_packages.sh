#!/bin/sh
# Installs Debian packages, as root, so that none of their services starts, now or at the next boot.
# Usage: install_packages.sh package...
set -eu
export DEBIAN_FRONTEND=noninteractive

policy=/usr/sbin/policy-rc.d
mark="# reelmill: while packages are being installed"

# One at a time: another run's end would take the policy away in the middle of this one.
exec 9>/run/lock/reelmill-install
flock 9

# Found with the lock in hand, ours is what a killed run left behind.
if grep -qsF "$mark" "$policy"; then rm -f "$policy"; fi
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
    chmod 755 "$policy"
fi

disable() {
    for unit; do
        if command -v systemctl >/dev/null; then systemctl --quiet disable "$unit" || true; fi
        # Debian enables units where there is no systemctl, too.
        rm -f /etc/systemd/system/*.wants/"$unit"
    done
}

apt-get update -q || echo "apt-get update failed; going on with the package lists that are there"
apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"

for package; do
    case $package in
    rabbitmq-server)
        update-rc.d rabbitmq-server disable
        disable rabbitmq-server.service epmd.service epmd.socket
        ;;
    postgresql)
        update-rc.d postgresql disable
        disable postgresql.service
        ;;
    esac
done
