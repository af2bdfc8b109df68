# Builds a source tarball where there is nothing but a compiler, make and musl: no
# network, no package manager, no git. tests/many_users.py runs it:
#
#   elsewhere.sh TARBALL ROOT FOLDER
#
# It is built in FOLDER of the new root ROOT. Prints many where another user builds
# it, and one where there is no other.
set -eu
umask 022
root=$2
folder=$3

mkdir -p "$root/usr" "$root/$folder"
tar -C "$root/$folder" --strip-components=1 -xf "$1"
find "$root/$folder" -exec touch -d 2001-02-03 {} +

mount -t tmpfs -o mode=755 tmpfs "$root/usr"
mkdir "$root/usr/bin"
for part in include lib lib64 libexec; do
	mkdir "$root/usr/$part"
	[ ! -d "/usr/$part" ] || mount --rbind "/usr/$part" "$root/usr/$part"
done
for tool in as cc chmod cmp cp dirname find gcc grep gzip install ld ln make mkdir \
	mv readelf rm rmdir sed sh sha256sum sort tar uname xargs; do
	cp -L "$(command -v "$tool")" "$root/usr/bin/"
done
ln -s usr/bin usr/lib usr/lib64 "$root/"
mkdir -m 1777 "$root/tmp"
mkdir "$root/dev"
touch "$root/dev/null"
mount --bind /dev/null "$root/dev/null"
if [ "$UDPDISC_USERS" = many ]; then
	chown -R 65534:65534 "$root/$folder"
	set -- --userspec=65534:65534 --groups=65534
else
	set --
fi
echo "$UDPDISC_USERS"
# shellcheck disable=SC2016 # the inner shell expands them
exec chroot "$@" "$root" /bin/sh -c 'umask 077 && cd "$0" && exec make -j1 dist >&2' \
	"$folder"
