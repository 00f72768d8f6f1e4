#!/bin/sh
# ansible-posix.sh FOLDER: the collection ansible.posix, which playbooks of `twlint fix` need, out of Debian's package
# ansible (which is a quarter of a gigabyte with all others), unpacked in FOLDER for ANSIBLE_COLLECTIONS_PATH.
set -eu
folder=$1
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ ! -d "$folder/ansible_collections/ansible/posix" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download ansible)
packed=usr/lib/python3/dist-packages/ansible_collections/ansible/posix
dpkg-deb --fsys-tarfile "$work"/ansible_*.deb |
  tar -x -C "$folder" --strip-components 5 --wildcards "./$packed/*"
