# SPDX-License-Identifier: MIT
#
# Makefile: builds Smew from the sources that are there, and runs its tests.
#
#   make                build/native/libsmew.a, build/native/smew (the shell), build/native/sqllogic (the SQL test runner)
#   make test           unit tests, SQL tests and a short crash test; ends with "N passed, N failed"
#   make unit           every test/unit/<name>.c;  make unit-<name>: one, linked with its folder and those above
#   make crash          the crash test, long
#   make fuzz           the libFuzzer targets of test/fuzz, FUZZ_SECONDS (20) each
#   make corpus         DuckDB's own tests (../shared/corpus), counted by area
#   make hostile        DuckDB's own tests under hostile settings, which must change no result
#   make differential   random queries compared with DuckDB's answers, DIFFERENTIAL_SECONDS (60); SEED=… plays them again
#   make asan           the same tests under AddressSanitizer and UBSan
#   make wasm           for wasm32-wasi;  make size: its bytes by folder, plain and by gzip -9 (SIZE_OPTIONS=--files, --functions=50 …)
#   make js             the npm package `smew` in js/smew/dist;  make pack: build/pack/smew-<version>.tgz
#   make workbench      the page, in build/workbench;  make demo serves it on 127.0.0.1 and prints the address
#   make bench          TPC-H beside DuckDB (bench/tpch.mjs), and in wasm beside DuckDB-WASM (bench/wasm.mjs)
#   make lint           form and folder law;  make format rewrites to the form
#   make setup          installs the Debian packages that are missing
#   make clean          removes what was built, keeps the dependencies;  make distclean: all of build/
#
# Flavours lie side by side: build/{native,debug,asan,wasm,fuzz}/. A folder of src/ is a static library
# build/<flavour>/lib/<folder>.a, and building it touches no other. Objects depend on the headers that they include
# (-MMD), on the flags they are compiled with and on the dependencies. Every file takes its final name only when it is
# complete, so that several makes may run at once.

.DEFAULT_GOAL := all
comma := ,
.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# The folder law, from the ground up: a folder uses only those before it.
FOLDERS := base io vector expr store catalog format func sql plan exec api
FLAVOURS := native debug asan wasm fuzz
# What `make unit`, `make test` and `make unit-<name>` build with.
FLAVOUR ?= debug

NATIVE_CC ?= $(shell command -v gcc clang 2>/dev/null | head -n 1)
WASM_CC ?= clang-19
FUZZ_CC ?= clang
FUZZ_SECONDS ?= 20
WASM_AR ?= llvm-ar-19

COMMON_FLAGS := -std=gnu17 -Wall -Wextra -Wvla -Wstrict-prototypes -Isrc -Iinclude -isystem build/deps/include
native_FLAGS := -O2 -g
debug_FLAGS := -O1 -g -DSMEW_DEBUG
asan_FLAGS := -O1 -g -DSMEW_DEBUG -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_FLAGS := -O1 -g -DSMEW_DEBUG -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
  -fno-sanitize-recover=all -Wno-gnu-folding-constant
# The ABI passes structures as values of their fields, not through memory. Only in calls: to return several values as well
# is another option of the link (-target-abi), with which clang 19 miscompiles 128-bit arithmetic.
wasm_FLAGS := --target=wasm32-wasi -msimd128 -mbulk-memory -mnontrapping-fptoint -Xclang -target-abi -Xclang experimental-mv \
  -ffunction-sections -fdata-sections -flto
native_CC := $(NATIVE_CC)
debug_CC := $(NATIVE_CC)
asan_CC := $(NATIVE_CC)
wasm_CC := $(WASM_CC)
fuzz_CC := $(FUZZ_CC)
native_AR := ar
debug_AR := ar
asan_AR := ar
wasm_AR := $(WASM_AR)
fuzz_AR := ar
native_LINK := -lm
debug_LINK := -lm
asan_LINK := -lm
fuzz_LINK := -lm -fsanitize=fuzzer
# How the optimizer, of the compiler and of the link, makes less code: equal functions become one; nothing is inlined that
# grows; and neither addresses nor constants nor loads are kept in locals that are computed again in fewer bytes.
WASM_OPTIMIZER := -enable-merge-functions -inline-threshold=-100 -disable-lsr -disable-machine-licm -disable-machine-cse \
  -licm-mssa-optimization-cap=0 -licm-mssa-max-acc-promotion=0 -enable-pre=false \
  -phi-node-folding-threshold=0 -two-entry-phi-node-folding-threshold=0
WASM_LINK := -Wl,-z,stack-size=1048576 -Wl,--stack-first -Wl,--gc-sections -Wl,--compress-relocations \
  $(patsubst %,-Wl$(comma)-mllvm$(comma)%,$(WASM_OPTIMIZER))
wasm_LINK := -mexec-model=reactor $(WASM_LINK) \
  $(patsubst %,-Wl$(comma)--export=%,$(shell cat src/wasm/exports.txt 2>/dev/null))

# In wasm what reads CSV, numbers in it, what hashes and the arithmetic in pairs of doubles is compiled for speed, the rest for size:
# TPC-H is within its limits so.
WASM_FAST := src/base/hash.c src/base/number_parse.c src/format/csv/csv_row.c src/format/csv/csv_value.c src/format/csv/csv_reader.c src/wasm/math.c
file_FLAGS = $(if $(filter wasm,$(1)),$(if $(filter $(WASM_FAST),$(2)),-O2,-Oz $(addprefix -mllvm ,$(WASM_OPTIMIZER))))

ALL_SOURCES := $(sort $(shell find src -name '*.c' 2>/dev/null))
# POSIX stays out of wasm.
wasm_EXCLUDED := src/io/posix% src/io/zone% src/io/test_%
native_EXCLUDED := src/io/javascript% src/wasm/%
debug_EXCLUDED := $(native_EXCLUDED)
asan_EXCLUDED := $(native_EXCLUDED)
fuzz_EXCLUDED := $(native_EXCLUDED)
sources = $(filter-out $($(1)_EXCLUDED),$(filter src/$(2)/%,$(ALL_SOURCES)))
objects = $(patsubst src/%.c,build/$(1)/obj/%.o,$(call sources,$(1),$(2)))

# ---------------------------------------------------------------------------------------------------------------------
# Dependencies: xxHash is a header; of utf8proc there is the data, as tables that a program of the build machine makes for
# src/base/unicode.c; of zlib what reads gzip is compiled into zlib.a (Z_TESTW=0: a small table of checksums).
# ---------------------------------------------------------------------------------------------------------------------

DEPS_READY := build/deps/ready
$(DEPS_READY): tools/deps.txt tools/deps.sh
	@tools/deps.sh

UNICODE_TABLES := build/deps/include/unicode_tables.h
$(UNICODE_TABLES): tools/unicode_tables.c $(DEPS_READY)
	@temporary=$@.$$$$.tmp; $(NATIVE_CC) -w -DUTF8PROC_STATIC -Ibuild/deps/src/utf8proc -o $$temporary.program $< && \
	  $$temporary.program >$$temporary && rm $$temporary.program && mv $$temporary $@

ZLIB_NAMES := adler32 crc32 inffast inflate inftrees zutil
ZLIB_FLAGS := -w -DZ_SOLO -DZ_TESTW=0

# ---------------------------------------------------------------------------------------------------------------------
# The rules of one flavour
# ---------------------------------------------------------------------------------------------------------------------

.PHONY: always
always:

# $(call record,TEXT): writes the text to $@ unless it stands there already; what depends on $@ is then not rebuilt.
record = mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@

# $(call compile,FLAVOUR,FLAGS): $< into $@, and the headers it includes into a .d beside it.
define compile
@mkdir -p $(@D)
@echo "  cc   $(1) $<"
@temporary=$@.$$$$.tmp; $($(1)_CC) $(2) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $$temporary && mv $$temporary $@ \
  || { rm -f $$temporary; exit 1; }
endef

# $(call archive,FLAVOUR): the objects of $^ into the library $@.
define archive
@mkdir -p $(@D)
@temporary=$@.$$$$.tmp; rm -f $$temporary; $($(1)_AR) rcs $$temporary $(filter %.o,$^) && mv $$temporary $@
endef

# $(call link,FLAVOUR): the objects and libraries of $^ into the program $@. As a group, so that their order is free;
# that no folder needs one below it is checked by the unit tests' links and by tools/folder_law.sh.
define link
@mkdir -p $(@D)
@echo "  link $(1) $@"
@temporary=$@.$$$$.tmp; $($(1)_CC) $($(1)_FLAGS) $(CFLAGS) $(LDFLAGS) -o $$temporary $(filter %.o,$^) \
  -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $($(1)_LINK) && mv $$temporary $@ || { rm -f $$temporary; exit 1; }
endef

# $(call library,FLAVOUR,FOLDER)
define library
build/$(1)/lib/$(2).list: always
	@$$(call record,$(call objects,$(1),$(2)))
build/$(1)/lib/$(2).a: $(call objects,$(1),$(2)) build/$(1)/lib/$(2).list
	$$(call archive,$(1))
-include $(patsubst %.o,%.d,$(call objects,$(1),$(2)))
endef

# $(call libraries,FLAVOUR): of all folders. $(call libraries_through,FLAVOUR,FOLDER): of a folder and those above it;
# of all when there is no such folder.
libraries = $(patsubst %,build/$(1)/lib/%.a,$(FOLDERS) zlib)
libraries_through = $(call libraries_until,$(1),$(2),$(FOLDERS)) build/$(1)/lib/zlib.a
libraries_until = $(if $(3),build/$(1)/lib/$(firstword $(3)).a \
  $(if $(filter $(2),$(firstword $(3))),,$(call libraries_until,$(1),$(2),$(wordlist 2,$(words $(3)),$(3)))))

define flavour
build/$(1)/flags: always
	@$$(call record,$$($(1)_CC) $$(COMMON_FLAGS) $$($(1)_FLAGS) $$(if $$(filter wasm,$(1)),$$(WASM_FAST) $$(WASM_OPTIMIZER)) $$(CFLAGS))
build/$(1)/obj/%.o: src/%.c build/$(1)/flags $(DEPS_READY) $(UNICODE_TABLES)
	$$(call compile,$(1),$$(COMMON_FLAGS) $$($(1)_FLAGS) $$(call file_FLAGS,$(1),$$<) $$(CFLAGS))
build/$(1)/test/%.o: test/%.c build/$(1)/flags $(DEPS_READY)
	$$(call compile,$(1),$$(COMMON_FLAGS) -Itest/unit -isystem build/deps/src/utf8proc -DUTF8PROC_STATIC $$($(1)_FLAGS) $$(call file_FLAGS,$(1)) $$(CFLAGS))
-include $$(wildcard build/$(1)/test/*/*.d)
build/$(1)/zlib/%.o: $(DEPS_READY) build/$(1)/flags
	@mkdir -p $$(@D)
	@temporary=$$@.$$$$$$$$.tmp; $$($(1)_CC) $$($(1)_FLAGS) $$(call file_FLAGS,$(1)) $$(CFLAGS) $$(ZLIB_FLAGS) \
	  -c build/deps/src/zlib/$$*.c -o $$$$temporary && mv $$$$temporary $$@
build/$(1)/lib/zlib.a: $(patsubst %,build/$(1)/zlib/%.o,$(ZLIB_NAMES))
	$$(call archive,$(1))
$(foreach folder,$(FOLDERS) shell wasm,$(eval $(call library,$(1),$(folder))))
build/$(1)/libsmew.a: $(call libraries,$(1))
	@printf '%s\n' 'create $$@.tmp' $$(patsubst %,'addlib %',$$^) save end | $$($(1)_AR) -M && mv $$@.tmp $$@
build/$(1)/smew: build/$(1)/lib/shell.a $(call libraries,$(1))
	$$(call link,$(1))
$(foreach program,crash sqllogic,$(eval build/$(1)/$(program): $(patsubst test/%.c,build/$(1)/test/%.o,$(wildcard test/$(program)/*.c))))
build/$(1)/crash build/$(1)/sqllogic: $(call libraries,$(1))
	$$(call link,$(1))
build/$(1)/unit/%: build/$(1)/test/unit/%.o $$$$(call libraries_through,$(1),$$$$(firstword $$$$(subst _, ,$$$$*)))
	$$(call link,$(1))
$(patsubst test/tools/%.c,build/$(1)/%,$(wildcard test/tools/*.c)): build/$(1)/%: build/$(1)/test/tools/%.o $(call libraries,$(1))
	$$(call link,$(1))
endef
$(foreach flavour_name,$(FLAVOURS),$(eval $(call flavour,$(flavour_name))))

# Keeps what make would take for intermediate.
.SECONDARY:

# ---------------------------------------------------------------------------------------------------------------------
# What one asks for
# ---------------------------------------------------------------------------------------------------------------------

.PHONY: lint-js all setup unit test crash fuzz corpus hostile differential asan wasm js pack workbench demo size bench lint format clean distclean

SHELL_PROGRAM := $(if $(call sources,native,shell),build/native/smew)
SQL_RUNNER := $(if $(wildcard test/sqllogic/*.c),build/native/sqllogic)
all: build/native/libsmew.a $(SHELL_PROGRAM) $(SQL_RUNNER)

setup:
	@tools/setup.sh build

unit-%: build/$(FLAVOUR)/unit/%
	@$<

unit:
	@tools/test.sh $(FLAVOUR) unit

test: setup $(DEPS_READY)
	@tools/test.sh $(FLAVOUR) unit sql hostile shell vega arrow differential crash wasm js browser

asan: setup
	@tools/test.sh asan unit sql hostile shell vega arrow crash

crash: setup
	@tools/test.sh $(FLAVOUR) crash-long

# A target is linked with the folder that it is of and those above it; all, unless it is told here.
database_FUZZES := store
wal_FUZZES := store
csv_FUZZES := format
gzip_FUZZES := format
sql_FUZZES := sql
$(patsubst test/fuzz/%.c,build/fuzz/%,$(wildcard test/fuzz/*.c)): build/fuzz/%: build/fuzz/test/fuzz/%.o $$(call libraries_through,fuzz,$$($$*_FUZZES))
	$(call link,fuzz)

fuzz:
	@tools/setup.sh build fuzz
	@tools/fuzz.sh $(FUZZ_SECONDS)

corpus: build/native/sqllogic
	@tools/corpus.sh

hostile: build/debug/sqllogic
	@tools/hostile.sh

DIFFERENTIAL_SECONDS ?= 60
# DIFFERENTIAL_FLAVOUR=asan is slower and sees more; DIFFERENTIAL_OPTIONS are those of test/differential/main.mjs.
DIFFERENTIAL_FLAVOUR ?= native
differential: setup build/$(DIFFERENTIAL_FLAVOUR)/query_pipe
	@node=$$(tools/npm_tests.sh) || { echo "$$node"; exit 1; }; "$$node" test/differential/main.mjs \
	  --smew build/$(DIFFERENTIAL_FLAVOUR)/query_pipe --packages build/js --seconds $(DIFFERENTIAL_SECONDS) \
	  $(if $(SEED),--seed $(SEED)) $(DIFFERENTIAL_OPTIONS)

wasm:
	@tools/setup.sh wasm
	@$(MAKE) --no-print-directory build/wasm/smew.wasm

# The npm package, built into js/smew/dist.
js: wasm
	@tools/js.sh build

lint-js: js
	@tools/js.sh lint

# The package as npm takes it, in build/pack/.
pack: js
	@tools/js.sh pack

workbench: pack
	@tools/workbench.sh

demo: setup workbench
	@$$(tools/setup.sh node) tools/serve.mjs build/workbench $(PORT)

# A second link keeps the names, by which tools/wasm_size.mjs tells what comes from where.
size: wasm build/wasm/named.wasm
	@printf 'build/wasm/smew.wasm: %d bytes, gzip -9 %d bytes\n' $$(wc -c <build/wasm/smew.wasm) $$(gzip -9c build/wasm/smew.wasm | wc -c)
	@$$(tools/setup.sh node) tools/wasm_size.mjs build/wasm/named.wasm build/wasm/lib/wasm.a $(call libraries,wasm) $(SIZE_OPTIONS)

# $(call link_wasm,OPTIONS): the door and the libraries of $^ into the module $@.
define link_wasm
@echo "  link wasm $@"
@$(WASM_CC) $(wasm_FLAGS) -Oz -o $@.tmp -Wl,--whole-archive build/wasm/lib/wasm.a -Wl,--no-whole-archive \
  $(filter-out build/wasm/lib/wasm.a,$(filter %.a,$^)) $(wasm_LINK) $(1) && mv $@.tmp $@
endef
build/wasm/smew.wasm: build/wasm/lib/wasm.a src/wasm/exports.txt $(call libraries,wasm)
	$(call link_wasm,-Wl$(comma)--strip-all)
# The SQL test runner as a WASI command, for test/js/wasm_sqllogic.mjs. Its files are WASI's, the engine's the door's.
build/wasm/sqllogic.wasm: $(patsubst test/%.c,build/wasm/test/%.o,$(wildcard test/sqllogic/*.c)) build/wasm/lib/wasm.a $(call libraries,wasm)
	@echo "  link wasm $@"
	@$(WASM_CC) $(wasm_FLAGS) -Oz -o $@.tmp $(filter %.o,$^) -Wl,--whole-archive build/wasm/lib/wasm.a -Wl,--no-whole-archive \
	  $(filter-out build/wasm/lib/wasm.a,$(filter %.a,$^)) $(WASM_LINK) -Wl,--strip-debug -lc-printscan-long-double && mv $@.tmp $@
build/wasm/named.wasm: build/wasm/lib/wasm.a src/wasm/exports.txt $(call libraries,wasm)
	$(call link_wasm,-Wl$(comma)--strip-debug -Wl$(comma)--no-merge-data-segments)

build/native/smew_bench: bench/smew_bench.c build/native/libsmew.a
	@echo "  link native $@"
	@$(native_CC) $(COMMON_FLAGS) $(native_FLAGS) $(CFLAGS) -o $@.tmp $^ $(native_LINK) && mv $@.tmp $@

bench: setup build/native/smew_bench js
	@bench/bench.sh

lint:
	@tools/setup.sh lint
	@tools/lint.sh

format:
	@find src include test -name '*.[ch]' -print0 | xargs -0 clang-format -i

clean:
	rm -rf $(patsubst %,build/%,$(FLAVOURS))

distclean:
	rm -rf build
