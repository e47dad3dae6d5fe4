# siptrail: one Makefile, no recursion into folders. `make help` lists the targets.
#
# Variants (release, asan, tsan, clang, coverage) build the same sources with
# other flags into build/<variant>/; build/siptrail is the release program.

VARIANT ?= release
PREFIX  ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=
V       ?= 0
WERROR  ?= 0
SECONDS ?= 30
CALLS   ?= 2000

B := build/$(VARIANT)
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

ifeq ($(origin CC),default)
CC := $(if $(filter clang fuzz,$(VARIANT)),clang,gcc)
endif

PACKAGES := inih libmicrohttpd libpcap libpq libxxhash libsodium zlib libzstd \
	libcgraph libgvc libseccomp libcap-ng
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lndpi -lm -lpthread

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wcast-align -Wcast-qual -Wformat=2 -Wmissing-prototypes \
	-Wstrict-prototypes -Wundef -Wvla -Wnull-dereference \
	-Wdouble-promotion -Wswitch-enum
ifeq ($(findstring clang,$(CC)),)
WARN += -Wlogical-op -Wduplicated-cond
endif
ifeq ($(WERROR),1)
WARN += -Werror
endif

CPPFLAGS += -Isrc -I$(B)/gen -D_GNU_SOURCE $(PKG_CFLAGS) \
	-isystem /usr/include/ndpi
CFLAGS ?= -g
CFLAGS += -std=c17 -MMD -MP -fPIE -fstack-protector-strong $(WARN)
LDFLAGS += -pie -Wl,-z,relro,-z,now

# gcc copies and blanks structs by `rep movs` and `rep stos`, which take longer
# to begin than a few hundred bytes take by vectors.
BY_VECTORS := -mmemcpy-strategy=vector_loop:512:noalign,libcall:-1:noalign \
	-mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign
BY_VECTORS := $(shell $(CC) $(BY_VECTORS) -E -x c /dev/null >/dev/null 2>&1 \
	&& echo '$(BY_VECTORS)')

OPT_release := -O2 -D_FORTIFY_SOURCE=2 $(BY_VECTORS)
OPT_clang := -O2
OPT_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
OPT_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
OPT_coverage := -O0 --coverage -DSIPTRAIL_COVERAGE
OPT_fuzz := -O1 -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS += $(OPT_$(VARIANT))
LDFLAGS += $(filter -fsanitize=% --coverage,$(OPT_$(VARIANT)))

SQL := $(sort $(wildcard schema/*.sql))
GEN := $(if $(SQL),$(B)/gen/schema_sql.c)
SRC := $(wildcard src/*/*.c)
OBJ := $(SRC:src/%.c=$(B)/obj/%.o) $(GEN:$(B)/gen/%.c=$(B)/obj/gen/%.o)
LIB := $(B)/libsiptrail.a
PROGRAM := $(if $(filter release,$(VARIANT)),build/siptrail,$(B)/siptrail)

# Under TSan the folders in which threads meet; libraries are not instrumented.
UNIT_FOLDERS := $(if $(filter tsan,$(VARIANT)),base pipeline store,*)
UNIT_SRC := $(foreach f,$(UNIT_FOLDERS),$(wildcard tests/unit/$(f)/test_*.c))
UNIT := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(FUZZ_SRC))
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,$(B)/replay/%,$(FUZZ_SRC))
STORE_TOOLS := $(patsubst tests/store/%.c,$(B)/store/%,$(wildcard tests/store/*.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

.DELETE_ON_ERROR:
.PHONY: all unit program demo machines check check-unit check-cases oracles faults vm lint fuzz \
	fuzz-replay bench bench-programs peers asan tsan clang coverage install clean help

all: program
program: $(if $(wildcard src/cli/main.c),$(PROGRAM),$(LIB))
unit: $(UNIT)

$(B)/gen/schema_sql.c: $(SQL) schema scripts/embed-sql
	@mkdir -p $(@D)
	$(call say,SQL,$@)scripts/embed-sql $(SQL) > $@

$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB): $(filter-out $(B)/obj/cli/main.o,$(OBJ))
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(PROGRAM): $(B)/obj/cli/main.o $(LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/unit/%: tests/unit/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,TEST,$<)$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) \
		-lcmocka $(PKG_LIBS)

# Tests named test_alloc refuse memory at will.
$(filter %/test_alloc,$(UNIT)): LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=aligned_alloc
$(B)/unit/capture/test_alloc: LDFLAGS += -Wl,--wrap=realloc

$(B)/replay/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(LIB)
	@mkdir -p $(@D)
	$(call say,REPLAY,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< \
		tests/fuzz/replay.c $(LIB) $(PKG_LIBS)

$(B)/fuzz/%: tests/fuzz/fuzz_%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $< \
		$(LIB) $(PKG_LIBS)

$(B)/bench/%: tests/bench/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,BENCH,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS)

$(B)/store/%: tests/store/%.c $(LIB)
	@mkdir -p $(@D)
	$(call say,TEST,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS)

bench-programs: $(BENCH) $(STORE_TOOLS)

# --- what a person runs ---------------------------------------------------

demo: ## install what is missing, read the samples, query, draw a ladder
	@scripts/install-deps build
	@$(MAKE) --no-print-directory all
	@scripts/demo

check: ## install what is missing, then run every test
	@scripts/install-deps check
	@scripts/check

check-unit: unit ## the unit tests of this variant
	@scripts/run-tests $(UNIT)

check-cases: all $(STORE_TOOLS) ## whole runs of the program: cases, command line, store
	@SIPTRAIL=$(PROGRAM) scripts/run-tests $(sort $(wildcard tests/*/*.test))

oracles: all $(STORE_TOOLS) ## calls made live, judged by sipp, Kamailio and Wireshark: CALLS=2000
	@scripts/install-deps check
	@ORACLE_CALLS=$(CALLS) SIPTRAIL=$(PROGRAM) scripts/oracles

faults: ## other recorders' faults put in, one at a time: does a test fail for each?
	@scripts/try-faults

vm: all ## the service on a machine of its own, in qemu: systemd, the clock set, no power
	@scripts/install-deps machine
	@MACHINE=1 tests/machine/machine.test

fuzz-replay: $(REPLAY) ## old crashes and corpora through the fuzz targets
	@scripts/run-tests $(foreach r,$(REPLAY),'$(r) tests/fuzz/corpus/$(notdir $(r)) tests/fuzz/crashes/$(notdir $(r))')

fuzz: ## fuzz one target: make fuzz FUZZ=message SECONDS=60
	@$(MAKE) --no-print-directory VARIANT=fuzz build/fuzz/fuzz/$(FUZZ)
	@scripts/fuzz $(FUZZ) $(SECONDS)

lint: ## clang-format, clang-tidy, cppcheck, direction of includes
	@scripts/lint

bench: ## every figure of speed and size beside its goal, peers in the same run
	@scripts/install-deps bench
	@$(MAKE) --no-print-directory all bench-programs
	@scripts/bench

machines: $(B)/unit/txn/test_machine ## draw the transactions' state machines from their tables
	@$< draw > src/txn/machine.dot
	@if command -v dot >/dev/null; then \
		dot -Tsvg -o build/machines.svg src/txn/machine.dot && \
		echo "src/txn/machine.dot, build/machines.svg"; \
	else echo "src/txn/machine.dot (no dot here to make an SVG of it)"; fi

peers: all ## what tshark and sngrep show of the crafted captures
	@scripts/install-deps bench
	@scripts/compare-peers

asan tsan clang coverage: ## build a variant and run its unit tests
	@$(MAKE) --no-print-directory VARIANT=$@ program check-unit
	@[ $@ != coverage ] || ! command -v gcovr >/dev/null || \
		gcovr -r . --object-directory build/coverage -f src/

install: all ## program, man page, completion, service: PREFIX, SYSCONFDIR, DESTDIR
	install -D -m 755 build/siptrail $(DESTDIR)$(PREFIX)/bin/siptrail
	install -D -m 644 scripts/siptrail.1 $(DESTDIR)$(PREFIX)/share/man/man1/siptrail.1
	install -D -m 644 scripts/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/siptrail
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)
	sed 's|/usr/local|$(PREFIX)|g' scripts/siptrail.service > $(DESTDIR)$(UNITDIR)/siptrail.service
	install -D -m 644 scripts/siptrail.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/siptrail.conf
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/siptrail scripts/siptrail.conf \
		scripts/monitoring/siptrail.rules.yml scripts/monitoring/siptrail-dashboard.json
	[ -e $(DESTDIR)$(SYSCONFDIR)/siptrail.conf ] || \
		install -m 644 scripts/siptrail.conf $(DESTDIR)$(SYSCONFDIR)/siptrail.conf

clean: ## remove build/
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z -]*:.*## /{printf "%-22s %s\n", $$1, $$2}' Makefile

-include $(shell find $(B) -name '*.d' 2>/dev/null)
