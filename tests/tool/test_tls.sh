#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --tls of each subcommand, against itself and against OpenSSL. Prints TAP.
# usage: test_tls.sh PATH-OF-RUNNEL
set -u
tool=$(realpath "$1")
. "$(dirname "$0")/support.sh"
mib=${RUNNEL_TEST_MIB:-4}

# ---- Certificates

cd "$dir" || exit 1
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
signed() { # name, its subjectAltName
    echo "subjectAltName=$2" >names
    openssl req "${ec[@]}" -keyout "$1.key" -out request -subj "/CN=$1" &&
        openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out "$1.pem" -days 2
} 2>/dev/null
openssl req -x509 "${ec[@]}" -keyout ca.key -out ca.pem -subj /CN=authority -days 2 2>/dev/null
check 'certificates are made' signed far "DNS:far.example,IP:127.0.0.1,IP:$own"
check 'and one for a client' signed me email:me@far.example
trust=(--tls --tls-ca ca.pem)
mine=(--tls --tls-cert far.pem --tls-key far.key)

# ---- connect and listen

start echo "$tool" listen 0 "$own" --keep "${mine[@]}" --exec cat
echo_server=$pid echo_port=$port
answers() { # text, arguments...
    local text=$1
    shift
    echo "$text" | exits 0 "$@" && says out "$text"
}
check 'connect talks to listen over TLS' answers hello connect "$own" "$echo_port" "${trust[@]}"
check 'and says nothing of it' test ! -s err
check 'with -v it does' answers hello connect "$own" "$echo_port" "${trust[@]}" -v
check 'the version, the cipher, whether it was checked' \
    grep -qE '^TLSv1.3, [A-Z0-9_]+, certificate verified, in [0-9.]+ (m|u)?s$' err
check 'and the chain' says err 'certificate of /CN=far, by /CN=authority'
check 'connect --json tells it' answers hello connect "$own" "$echo_port" "${trust[@]}" --json=report
tells() {
    python3 - report <<'P'
import json, sys
tls = json.load(open(sys.argv[1]))["tls"]
assert tls["version"] == "TLSv1.3" and tls["cipher"] and tls["verified"] is True, tls
assert tls["name"] == "127.9.8.7" and tls["public_key"].startswith("sha256//"), tls
assert tls["chain"] == [{"subject": "/CN=far", "issuer": "/CN=authority"}], tls
assert tls["handshake_ms"] > 0 and tls["not_after"] > tls["not_before"], tls
P
}
check 'all of it' tells
head -c $((mib * 1048576)) /dev/urandom >large
whole() { "$tool" connect "$own" "$echo_port" "${trust[@]}" <large | cmp - large; }
check "$mib MiB there and back" whole

# ---- Whom it believes

check 'an unknown authority is refused with 8' \
    complains 8 'is of an unknown authority: CN=authority' connect "$own" "$echo_port" --tls
check 'another name, too' complains 8 "far.example, 127.0.0.1, $own is not valid for other.example" \
    connect "$own" "$echo_port" "${trust[@]}" --tls-name other.example
check 'a name that it has is fine' answers hi connect "$own" "$echo_port" "${trust[@]}" --tls-name far.example
check 'without a check, that is said' answers hi connect "$own" "$echo_port" \
    --tls --tls-dangerously-skip-verification -v
check 'in capitals' says err 'certificate NOT VERIFIED'
pin=$(python3 -c 'import json; print(json.load(open("report"))["tls"]["public_key"])')
check 'a pinned key' answers hi connect "$own" "$echo_port" "${trust[@]}" --tls-pin "$pin"
check 'another one is refused' complains 8 "the peer's public key is $pin, not sha256//" \
    connect "$own" "$echo_port" "${trust[@]}" --tls-pin sha256//AAAA
check 'the server tells who was refused' grep -q "alert 'unknown CA'" echo.err
kill "$echo_server"
ends "$echo_server" 143 >/dev/null

start choosy "$tool" listen 0 "$own" --keep "${mine[@]}" --tls-ca ca.pem --tls-client-cert --exec cat
choosy=$pid
check 'a client with a certificate' answers hi connect "$own" "$port" "${trust[@]}" \
    --tls-cert me.pem --tls-key me.key
check 'one without is refused' complains 8 "alert 'certificate required'" \
    connect "$own" "$port" "${trust[@]}" </dev/null
kill "$choosy"

# ---- wait, ping, relay

start echo "$tool" listen 0 "$own" --keep "${mine[@]}" --exec cat
echo_port=$port
check 'wait for TLS' exits 0 wait "$own:$echo_port" "${trust[@]}"
check 'which an unknown authority is not' exits 5 wait "$own:$echo_port" --tls --for 200ms
check 'ping measures it' exits 0 ping "$own" "$echo_port" "${trust[@]}" -c 2 -i 1ms
check 'twice' says out '2 sent, 2 answered'
check 'relay to tls:' answers hi relay - "tls:$own:$echo_port" --tls-ca ca.pem
check 'relay --tls to tcp:' answers hi relay - "tcp:$own:$echo_port" "${trust[@]}"
start between "$tool" relay "tls-listen:$own:0" "tls:$own:$echo_port" --keep \
    --tls-ca ca.pem --tls-cert far.pem --tls-key far.key
check 'relay from tls-listen: to tls:' answers hi connect "$own" "$port" "${trust[@]}"

# ---- OpenSSL at the other end

s_client() { # answers of far, to a line
    local said=''
    coproc far { exec timeout 20 openssl s_client -quiet -verify_return_error -CAfile ca.pem \
        -connect "$own:$echo_port" "$@" 2>/dev/null; }
    local process=$far_PID
    echo hello >&"${far[1]}"
    read -r -t 20 said <&"${far[0]}"
    kill "$process" 2>/dev/null
    wait "$process" 2>/dev/null
    [ "$said" = hello ]
} 2>/dev/null
check 'openssl s_client talks to listen' s_client
check 'in TLS 1.2, too' s_client -tls1_2
refuses() { ! s_client "$@"; }
check 'but not in TLS 1.1' refuses -tls1_1

# ---- Mistakes

check 'listen --tls needs a certificate' complains 2 '--tls-cert FILE' listen 0 --tls
check 'a file that is not there is named' complains 7 'none.pem: No such file' \
    listen 0 --tls --tls-cert none.pem
check 'as is one that is no certificate' complains 2 'read certificate file large' \
    listen 0 --tls --tls-cert large
check 'a wrong key' complains 2 'is not the key of the certificate in far.pem' \
    listen 0 --tls --tls-cert far.pem --tls-key me.key
check 'options of TLS are for --tls' complains 2 'connect: --tls-ca is for --tls' \
    connect "$own" "$echo_port" --tls-ca ca.pem
check 'also of relay' complains 2 'relay: --tls-cert is for --tls' relay - "tcp:$own:1" --tls-cert far.pem
start plain "$tool" listen 0 "$own" --keep --exec echo 'this is no TLS'
check 'who does not speak TLS is told so' complains 8 'what the peer sent is not TLS' \
    connect "$own" "$port" "${trust[@]}"
start mute "$tool" listen 0 "$own" --keep
check 'who says nothing is not waited for' complains 5 'timed out' \
    connect "$own" "$port" "${trust[@]}" --deadline 200ms
cut() { # a reply without a close_notify
    timeout 20 python3 - far.pem far.key >cut.port 2>cut.err <<'P' &
import socket, ssl, sys
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(*sys.argv[1:])
l = socket.create_server(("127.9.8.7", 0))
print(l.getsockname()[1], flush=True)
s = c.wrap_socket(l.accept()[0], server_side=True)
s.recv(10)
s.sendall(b"half of it")
s.shutdown(socket.SHUT_RDWR)
P
    local far=$!
    until [ -s cut.port ] || ! kill -0 $far; do sleep 0.01; done
    echo hello | complains 8 'without a TLS close (close_notify)' connect "$own" "$(cat cut.port)" "${trust[@]}" &&
        says out 'half of it'
}
check 'a reply that is cut off is printed, and told with 8' cut
plan
