#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every function that the library takes from the system is failed by the sweep,
# or cannot fail: a new call must go into one of the two lists.
# Of librunnel-tls: what it takes from OpenSSL fails by its allocations, and what
# it asks about files and the environment tells nothing by failing.
# usage: calls.sh LIBRARY.a WRAPPED...
set -u
archive=$1
shift
cannot_fail='clock_gettime|free|freeaddrinfo|gai_strerror|getpid|gethostname'
cannot_fail+='|inet_ntop|inet_pton|(__)?mem(chr|cmp|cpy|move|set)(_chk)?|sched_yield'
cannot_fail+='|pthread_attr_(destroy|setdetachstate)|pthread_sigmask'
cannot_fail+='|sig(addset|emptyset|fillset|ismember|pending)|strtoul'
cannot_fail+='|str(chr|cmp|len|ncmp|nlen|spn|rchr)|(__)?v?snprintf(_chk)?|__xpg_strerror_r'
cannot_fail+='|__libc_single_threaded|__errno_location|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
cannot_fail+='|__(asan|ubsan|tsan|gcov|sanitizer)_.*|__isoc.*'
tls='(ASN1|BIO|CRYPTO|ERR|EVP|GENERAL_NAMES?|OPENSSL|OSSL|PEM|SSL|TLS|X509|X509V3)_.*'
tls+='|i2d_.*|pthread_mutex_(destroy|init|lock|unlock)|access|getenv|open(64)?'
tls+='|opendir|readdir(64)?|closedir|strftime'
case $archive in
*tls*) cannot_fail+="|$tls" ;;
esac
wrapped=$(IFS='|'; echo "$*")

echo 1..1
missing=$(nm -u "$archive" | awk '$1 == "U" {print $2}' | sort -u |
    grep -vE '^_?(rn_|rni_)' | grep -vxE "$cannot_fail|$wrapped")
if [ -n "$missing" ]; then
    echo "not ok 1 - the sweep knows every call of the library"
    printf '# not known: %s\n' $missing
    exit 1
fi
echo "ok 1 - the sweep knows every call of the library"
