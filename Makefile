# SPDX-License-Identifier: MIT
# The front door. Meson does the work; this knows the few words that people try.
#
#   make         build everything into build/
#   make run     the main job: a conversation with a line server of its own,
#                or with a real one: make run HOST=www.example.com PORT=80
#   make check   every test, as built and again under sanitizers
#   make fuzz    random input and calls, T=60 seconds for each target
#   make bench   what things cost beside bare system calls and other libraries
#   make compare   the table of the README beside other libraries, cell by cell
#   make bench-tool   4 GiB through the tool, beside nc and a bare splice loop
#   make bench-tls    TLS beside bare OpenSSL, Python's ssl and LuaSec
#   make bench-count   the same in instructions, system calls and bytes
#   make san     the suites under every sanitizer of gcc and clang, and valgrind
#   make sweep   every call to the system fails in turn, in every way;
#                make sweep-pairs COUNT=n: two in one run
#   make sim     whole conversations on a simulated kernel, clock and peer, each
#                fixed by its seed: make sim SEEDS=n; make sim-mutants: that it
#                finds planted mistakes
#   make cuttings   every short text in every cutting, in every mode, by lines
#                and with other reads mixed in, up to LENGTH=10 bytes; up to
#                TURNS=6 by every turn of three calls
#   make soak    thousands of connections with loss, kills and slow peers:
#                T=60 seconds, PAIRS=9900 of them, TLS=10 in a hundred over TLS
#   make prove   Frama-C proves the line rule, the windows and the arithmetic,
#                and that it would have seen mistakes
#   make abi     what built programs rely on: against the last release; exports,
#                hardening and system calls of what is built
#   make cross   the C suites with musl, for 32 bits and on a big-endian machine
#   make cov     branches and conditions (MC/DC) of src/ that no test reaches,
#                each with the reason why it stands
#   make mutate  small mistakes in src/stream and src/net, each of which must
#                make a test fail; COUNT=300 of them (or all), chosen by SEED=1
#   make deb     packages for Debian, into build/packages
#   make docs    the manual as HTML, with an index, into build/docs
#   make install, make format, make clean
#
# On Debian these install the packages that are missing.

BUILD = build
BUILD_PACKAGES = gcc libc6-dev pkg-config meson ninja-build libjansson-dev libedit-dev libssl-dev
LUA_PACKAGES = lua5.1 liblua5.1-0-dev lua5.2 liblua5.2-dev lua5.3 liblua5.3-dev \
	lua5.4 liblua5.4-dev luajit libluajit-5.1-dev \
	lua-unit lua-socket lua-cqueues luarocks openssl
CHECK_PACKAGES = $(BUILD_PACKAGES) $(LUA_PACKAGES) g++ binutils libcmocka-dev \
	cmake musl-tools debhelper dpkg-dev lintian \
	mandoc zsh fish \
	netcat-openbsd ncat socat tmux python3 libseccomp-dev strace valgrind iproute2 nftables libuv1-dev zlib1g-dev redis-server nginx-light memcached ngircd gnutls-bin \
	python3-aiosmtpd openssl libnet-smtp-server-perl $(MAIL_PACKAGES) \
	$(CLANG_PACKAGES) $(PROVE_PACKAGES) $(ABI_PACKAGES) \
	$(if $(wildcard /var/lib/dpkg/info/gcc-multilib.list),,$(CROSS_PACKAGES))
# Mail servers push each other out: only where there is none yet.
MAIL_PACKAGES = $(if $(wildcard /usr/sbin/sendmail),,exim4-daemon-light)
CLANG_PACKAGES = clang-19 libclang-rt-19-dev llvm-19
PROVE_PACKAGES = frama-c-base why3 cvc4 z3
ABI_PACKAGES = abigail-tools
# They cannot live beside gcc-multilib; where that is, make check says what it lacks.
CROSS_PACKAGES = musl-tools gcc-i686-linux-gnu libc6-dev-i386-cross \
	gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user dpkg-dev
BENCH_PACKAGES = gnuplot-nox libglib2.0-dev libevent-dev golang-go rustc python3 tcl

T = 60
PAIRS = 9900
TLS = 10

.PHONY: all compare deb docs run check prove abi cross fuzz san bench sweep sweep-pairs install format clean need-build need-check need-fuzz soak bench-tool bench-tls bench-count cov mutate sim sim-mutants cuttings

all: $(BUILD)/build.ninja
	meson compile -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD) -Dtests=disabled

run: need-build all
	$(BUILD)/runnel demo $(HOST) $(PORT)

check: need-check
	scripts/check.sh $(BUILD)

fuzz: need-build need-fuzz all
	scripts/fuzz.sh $(BUILD) $(T)

san: need-check
	scripts/san.sh $(BUILD)

bench: need-check $(BUILD)/build.ninja
	scripts/need.sh $(BENCH_PACKAGES) || echo 'NOT INSTALLED: some peers will not run'
	bench/bench.sh $(BUILD)

compare: need-check all
	scripts/need.sh golang-go python3 tcl lua-socket lua5.4 strace iproute2
	python3 tests/compare/compare.py $(CURDIR) $(BUILD)

bench-tool: need-check all
	python3 bench/tool_speed.py $(BUILD)

bench-tls: need-check $(BUILD)/build.ninja
	scripts/need.sh openssl python3 lua5.4 lua-sec
	meson compile -C $(BUILD) bench-tls
	python3 bench/tls_speed.py $(BUILD)

bench-count: need-check $(BUILD)/build.ninja
	scripts/cost.sh $(BUILD)

sweep sweep-pairs: need-check
	scripts/sweep.sh $(BUILD) $@ $(COUNT)

sim: need-check
	scripts/sim.sh $(BUILD) seeds $(SEEDS) $(FIRST)

sim-mutants: need-check
	scripts/sim.sh $(BUILD) mutants $(SEEDS)

cuttings: need-check
	scripts/cuttings.sh $(BUILD) $(or $(LENGTH),10) $(or $(TURNS),6)

soak: need-check
	scripts/soak.sh $(BUILD) $(T) $(PAIRS) $(TLS)

cov: need-check
	scripts/cov.sh $(BUILD)

mutate: need-check
	scripts/mutate.sh $(BUILD) $(or $(COUNT),300) $(or $(SEED),1)

prove:
	scripts/need.sh $(PROVE_PACKAGES)
	scripts/prove.sh

abi: need-check
	scripts/abi.sh $(BUILD)

cross: need-check
	scripts/need.sh $(CROSS_PACKAGES)
	scripts/cross.sh $(BUILD)

deb: need-check $(BUILD)/build.ninja
	tests/install/test_packages.sh $(CURDIR) $(abspath $(BUILD)) $(abspath $(BUILD))/packages

docs:
	scripts/need.sh mandoc
	scripts/docs.sh $(BUILD)

# The loader looks into its cache, which nobody else renews for /usr/local.
install: need-build all
	meson install -C $(BUILD)
	if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)

need-build:
	scripts/need.sh $(BUILD_PACKAGES)

need-check:
	scripts/need.sh $(CHECK_PACKAGES)

need-fuzz:
	scripts/need.sh $(CLANG_PACKAGES) $(LUA_PACKAGES)
