# SPDX-License-Identifier: MIT
# The front door. Meson does the work; this knows the few words that people try.
#
#   make         build everything into build/
#   make run     the main job: a conversation with a line server of its own,
#                or with a real one: make run HOST=www.example.com PORT=80
#   make check   every test, as built and again under sanitizers
#   make install, make format, make clean
#
# On Debian `run` and `check` install the packages that are missing.

BUILD = build
BUILD_PACKAGES = gcc libc6-dev pkg-config meson ninja-build
CHECK_PACKAGES = $(BUILD_PACKAGES) g++ binutils libcmocka-dev \
	strace iproute2 nftables libuv1-dev redis-server nginx-light memcached python3-aiosmtpd

.PHONY: all run check install format clean need-build need-check

all: $(BUILD)/build.ninja
	meson compile -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD) -Dtests=disabled

run: need-build all
	$(BUILD)/runnel demo $(HOST) $(PORT)

check: need-check
	scripts/check.sh $(BUILD)

install: all
	meson install -C $(BUILD)

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)

need-build:
	scripts/need.sh $(BUILD_PACKAGES)

need-check:
	scripts/need.sh $(CHECK_PACKAGES)
