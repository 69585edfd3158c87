# exring: the whole build
#
#	all		programs and library, in build/
#	check		tests of modules and programs
#	soak		random histories of faulty rings: SEEDS=n
#	check-teeth	that soak fails without any one rule of a ring
#	check-interop	what we write, read by others' programs, and our test
#			servers, tried by others'
#	check-servers	all cases, faults and real items, over Radicale,
#			Xandikos and servers like Exchange
#	check-kill	every program killed at every step (EX_ALL=1: and the
#			cases of torture.t over two and seven folders)
#	bench		what it costs, beside what others cost
#	demo		three folders become the same, before your eyes
#	lint		layers, headers, lengths, pages, scripts
#	install		below $(DESTDIR)$(prefix)
#	clean
#
# SAN=1 builds and checks with sanitizers, in build/san.  check, bench and
# demo install the Debian packages that they lack (scripts/deps); the other
# targets install nothing.  WERROR= makes warnings no errors; V=1 shows the
# commands.

# Sanitized code takes twice as long to make at -O3, and starts no faster.
CFLAGS	?= $(if $(SAN),-O1,-O3) -g
WERROR	= -Werror
prefix	= /usr/local
bindir	= $(prefix)/bin
mandir	= $(prefix)/share/man
unitdir	= $(prefix)/lib/systemd/user
INSTALL	= install

BUILD	:= build$(if $(SAN),/san)$(if $(TEETH),/teeth)
LIBSRC	:= $(sort $(wildcard lib/*/*.c))
LIB	:= $(LIBSRC:%.c=$(BUILD)/%.o)
TOOLS	:= $(patsubst tools/%.c,$(BUILD)/%,$(sort $(wildcard tools/*.c)))
UNITS	:= $(patsubst tests/unit/%.c,$(BUILD)/unit/%,\
	   $(sort $(wildcard tests/unit/*.c)))
HELPERS	:= $(patsubst tests/%.c,$(BUILD)/%,$(sort $(wildcard tests/helpers/*.c)))
SOAK	:= $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard tests/soak/*.c)))
OBJ	:= $(LIB) $(SOAK) $(TOOLS:$(BUILD)/%=$(BUILD)/tools/%.o) \
	   $(UNITS:$(BUILD)/unit/%=$(BUILD)/tests/unit/%.o) \
	   $(HELPERS:$(BUILD)/%=$(BUILD)/tests/%.o)
T	:= $(sort $(wildcard tests/*.t))
TORTURE	:= tests/torture.t
# Not under SAN: ring.t has the cases of these, *fault.t try the same stores,
# and who is killed tells of nothing.
NOSAN	:= $(if $(SAN),$(TORTURE) tests/ews.t tests/graph.t tests/ewskill.t \
	   tests/kill.t)
# First, so that nobody waits for them at the end.
LONG	:= $(TORTURE) tests/graphfault.t tests/ewskill.t tests/ewsfault.t \
	   tests/soak.t
# Tests over a server that do more with EX_ALL=1.
SERVERS	= $(sort $(shell grep -l EX_ALL tests/dav*.t tests/ews*.t \
	  tests/graph*.t))
PAGES	:= $(sort $(wildcard tools/*.[157] scripts/*.[157]))

# Asked once, when the first recipe needs it: scripts/deps has run by then.
PKGS	= libical icu-uc icu-i18n libcjson sqlite3 libcrypto libxxhash inih \
	  libcurl libxml-2.0
PKGCF	= $(eval PKGCF := $(shell pkg-config --cflags $(PKGS)))$(PKGCF)
# Loaded when they are needed (include/ex/lazy.h), so not linked; and of
# libcrypto only SHA-256, from the archive.
LOADED	= libical icu-uc icu-i18n libcrypto libcurl libxml-2.0
PKGLIBS	= $(eval PKGLIBS := $(shell pkg-config --libs \
	  $(filter-out $(LOADED),$(PKGS))))$(PKGLIBS)
uses	= $(if $(shell grep -ls '^\#include <$(1)' $(LIBSRC) tools/*.c),$(2))
LIBS	= -Wl,--as-needed $(PKGLIBS) -l:libcrypto.a $(VFORMAT) $(JQ)
VFORMAT	:= $(call uses,vf_,-lvformat)
JQ	:= $(call uses,jq.h,-ljq)

WARN	= -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla \
	  -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	  -Wwrite-strings $(WERROR)
DEFS	= -D_POSIX_C_SOURCE=200809L -Iinclude $(if $(TEETH),-DEX_TEETH)
SANF	= $(if $(SAN),-fsanitize=address -fsanitize=undefined \
	  -fno-sanitize-recover=all -fno-omit-frame-pointer)
COMPILE	= $(CC) $(CPPFLAGS) $(DEFS) $(PKGCF) $(WARN) -pthread $(CFLAGS) $(SANF)
LINK	= $(CC) -pthread $(CFLAGS) $(SANF) $(LDFLAGS)
Q	= $(if $(V),,@echo '  $@' &&)

.PHONY: all units check soak check-teeth check-interop check-servers \
	check-kill bench demo lint install clean deps
.DELETE_ON_ERROR:

all: $(BUILD)/libex.a $(TOOLS)
units: $(UNITS) $(HELPERS) $(BUILD)/soak

$(BUILD)/libex.a: $(LIB)
	@rm -f $@
	$(Q) $(AR) rcs $@ $(LIB)

$(TOOLS): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/libex.a
	$(Q) $(LINK) -o $@ $^ $(LIBS)

$(UNITS): $(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libex.a
	@mkdir -p $(@D)
	$(Q) $(LINK) -o $@ $^ $(LIBS) -lcmocka -lxml2

$(HELPERS): $(BUILD)/%: $(BUILD)/tests/%.o $(BUILD)/libex.a
	@mkdir -p $(@D)
	$(Q) $(LINK) -o $@ $^ $(LIBS)

$(BUILD)/soak: $(SOAK) $(BUILD)/libex.a
	$(Q) $(LINK) -o $@ $^ $(LIBS)

$(OBJ): $(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(Q) $(COMPILE) -MMD -MP -c -o $@ $<

NEEDS	:= $(filter check check-% soak bench demo,$(MAKECMDGOALS))
ifneq ($(NEEDS),)
$(OBJ): | deps
endif
deps:
	@scripts/deps $(NEEDS)

TESTENV	= PATH=$(abspath $(BUILD)):$(CURDIR)/scripts:$$PATH \
	  EX_BUILD=$(abspath $(BUILD))
# run FILE: one that another part of the tree brings; said if it is not there.
run	= @$(if $(wildcard $(1)),$(TESTENV) $(1),echo "$@: no $(1) yet")

check: all units
	@$(TESTENV) prove -f -j4 $(filter-out $(NOSAN),$(LONG)) $(UNITS) \
	    $(filter-out $(LONG) $(NOSAN),$(T))
soak: all $(BUILD)/soak
	$(BUILD)/soak -j 2 -p $(abspath $(BUILD)) -n $(or $(SEEDS),10000)
check-teeth: | deps
	$(MAKE) TEETH=1 build/teeth/soak
	tests/teeth.sh build/teeth/soak
check-interop: all $(HELPERS)
	$(call run,tests/interop/run)
	@$(TESTENV) prove -j2 tests/interop/*.t
check-servers: all units
	@$(TESTENV) EX_ALL=1 prove -f -j6 $(SERVERS) tests/servers/*.t
check-kill: all
	$(if $(EX_ALL),$(TESTENV) prove $(TORTURE))
	$(call run,tests/kill.sh)
bench: all
	$(call run,tests/bench/run)
	$(call run,tests/bench/folders)
	$(call run,tests/bench/dav)
	$(call run,tests/bench/ews)
	$(call run,tests/bench/graph)
demo: all
	$(call run,scripts/demo)

lint:
	@CC='$(CC)' CPPFLAGS='$(DEFS) $(CPPFLAGS)' scripts/lint

install: all
	$(INSTALL) -d $(DESTDIR)$(bindir)
	for p in $(TOOLS) $(wildcard scripts/exring); do \
	    $(INSTALL) $$p $(DESTDIR)$(bindir) || exit 1; done
	$(INSTALL) -d $(DESTDIR)$(unitdir)
	for u in $(wildcard scripts/exring@.*); do \
	    sed 's|^ExecStart=|&$(bindir)/|' $$u >$(BUILD)/unit.tmp && \
	    $(INSTALL) -m 644 $(BUILD)/unit.tmp \
	    $(DESTDIR)$(unitdir)/$${u##*/} || exit 1; done
	for p in $(PAGES); do d=$(DESTDIR)$(mandir)/man$${p##*.}; \
	    $(INSTALL) -d $$d && $(INSTALL) -m 644 $$p $$d || exit 1; done

clean:
	rm -rf build

-include $(OBJ:.o=.d)
