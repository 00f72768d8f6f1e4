#!/bin/sh
# fetch.sh FOLDER SUITE...: nft and iptables of other releases of Debian, with all their libraries, unpacked beside the
# machine's own: FOLDER/bin/nft-trixie, FOLDER/bin/iptables-nft-save-trixie, ... Neither the machine's packages nor its
# sources change.
set -eu
folder=$1
shift
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)

for suite; do
  apt=$(mktemp -d)
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
  # a machine without packages: all that they depend on is fetched
  : >"$apt/status"
  apt_get() {
    apt-get -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
      -o Dir::State::Lists="$apt/lists" -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" \
      -o APT::Sandbox::User=root "$@"
  }
  apt_get update
  apt_get install --download-only --no-install-recommends -y nftables iptables >/dev/null
  root=$folder/$suite
  rm -rf "$root"
  mkdir "$root"
  for package in "$apt"/cache/archives/*.deb; do dpkg -x "$package" "$root"; done
  rm -rf "$apt"
  # their own loader, as their libc may be newer than the machine's
  libraries=$(dirname "$(find "$root" -name libnftables.so.1)")
  loader=$(find "$root" -name 'ld-linux*.so.*' | head -n 1)
  wrap() {
    cat >"$folder/bin/$1-$suite" <<TEXT
#!/bin/sh
XTABLES_LIBDIR=$libraries/xtables exec $loader --library-path $libraries:$(dirname "$loader") $root/usr/sbin/$2 $3 "\$@"
TEXT
    chmod 755 "$folder/bin/$1-$suite"
  }
  wrap nft nft ''
  for program in iptables ip6tables; do
    for back_end in legacy nft; do
      for form in save restore; do
        wrap "$program-$back_end-$form" "xtables-$back_end-multi" "$program-$back_end-$form"
      done
    done
  done
done
