// SPDX-License-Identifier: MIT
//
// base.h: what every folder stands on. The one header of base/.
//
//   Status, Error     result codes that the compiler does not let one ignore, and the text that explains them
//   Memory            the accounted allocator: a limit, what is used, and a mode that fails the n-th allocation
//   Arena             many small objects that end together
//   Str, TextBuilder  borrowed text, and text that grows
//   numbers           to text and back (shortest doubles), without libc stdio
//   bits, hash, UTF-8, 128-bit arithmetic, calendar
//
// Nothing here knows of SQL, files or vectors. Nothing here has global mutable state.
#ifndef SMEW_BASE_H
#define SMEW_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __int128 int128;
typedef unsigned __int128 uint128;
#define INT128_MIN ((int128)((uint128)1 << 127))

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))
// Marks the hot kernels that are compiled for speed where the rest is compiled for size (wasm).
#define HOT __attribute__((hot))

// ---------------------------------------------------------------------------------------------------------------------
// Assertions: for our own bugs, never for what the world can do to us (bad SQL, bad files, no memory).
// ---------------------------------------------------------------------------------------------------------------------

#ifdef SMEW_DEBUG
#define ASSERT(condition) ((condition) ? (void)0 : assertion_failed(#condition, __FILE__, __LINE__))
#else
#define ASSERT(condition) ((void)sizeof(condition))
#endif
__attribute__((noreturn)) void assertion_failed(const char *condition, const char *file, int line);

// ---------------------------------------------------------------------------------------------------------------------
// Errors. A function that can fail returns Status; a failing one has filled the Error that it was given.
// ERROR_CODES is the one list: the enum, DuckDB's class names and, later, the TypeScript side come from it.
// ---------------------------------------------------------------------------------------------------------------------

// X(name, class text printed before the message)
#define ERROR_CODES(X)                        \
  X(PARSER, "Parser Error")                   \
  X(SYNTAX, "Syntax Error")                   \
  X(BINDER, "Binder Error")                   \
  X(CATALOG, "Catalog Error")                 \
  X(DEPENDENCY, "Dependency Error")           \
  X(CONVERSION, "Conversion Error")           \
  X(OUT_OF_RANGE, "Out of Range Error")       \
  X(CONSTRAINT, "Constraint Error")           \
  X(TRANSACTION, "TransactionContext Error")  \
  X(CONFLICT, "TransactionContext Error")     \
  X(INVALID_INPUT, "Invalid Input Error")     \
  X(INVALID_TYPE, "Invalid type Error")       \
  X(MISMATCH_TYPE, "Mismatch Type Error")     \
  X(NOT_IMPLEMENTED, "Not implemented Error") \
  X(PERMISSION, "Permission Error")           \
  X(SETTINGS, "Settings Error")               \
  X(SEQUENCE, "Sequence Error")               \
  X(PARAMETER, "Parameter Not Allowed Error") \
  X(IO, "IO Error")                           \
  X(NOT_FOUND, "IO Error")                    \
  X(LOCKED, "IO Error")                       \
  X(QUOTA, "IO Error")                        \
  X(CORRUPT, "IO Error")                      \
  X(VERSION, "IO Error")                      \
  X(READ_ONLY, "Invalid Input Error")         \
  X(NO_MEMORY, "Out of Memory Error")         \
  X(INTERRUPTED, "INTERRUPT Error")           \
  X(CLOSED, "Connection Error")               \
  X(INTERNAL, "INTERNAL Error")

typedef enum Status {
  OK = 0,
#define X(name, text) ERROR_##name,
  ERROR_CODES(X)
#undef X
      STATUS_COUNT
} Status;

#define ERROR_MESSAGE_CAPACITY 4096

// Owned by whoever runs the work (a session, a test); no allocation, so that "no memory" can be told.
typedef struct Error {
  Status code;
  int32_t position;                     // byte offset into the SQL text, -1 when there is none
  uint32_t length;                      // bytes of message
  char message[ERROR_MESSAGE_CAPACITY]; // without the class; NUL-terminated, cut at the capacity with "..."
} Error;

void error_clear(Error *error);
// Fills the error and returns its code: `return error_set(error, ERROR_BINDER, position, "…", …)`. Directives: those of
// text_format. `error` may be NULL (the code alone counts). A first error is not overwritten by a later one only if
// the caller keeps it so; the last call wins.
Status error_set(Error *error, Status code, int32_t position, const char *format, ...) PRINTF_LIKE(4, 5);
// Memory may be missing in a thousand places, so the code alone says it there: `error` is not filled. Who reads an error that a
// status came with settles it first, which gives it the standing text.
static inline Status error_no_memory(const Error *error) {
  (void)error;
  return ERROR_NO_MEMORY;
}
void error_settle(Error *error, Status status);
const char *error_class(Status code);     // "Binder Error"
const char *error_code_name(Status code); // "BINDER": stable, for programs

#define TRY(call)                      \
  do {                                 \
    Status try_status_ = (call);       \
    if (UNLIKELY(try_status_ != OK)) { \
      return try_status_;              \
    }                                  \
  } while (0)

// ---------------------------------------------------------------------------------------------------------------------
// Memory: every allocation of the engine passes here. One per database. Not locked: a database is used by one thread.
// ---------------------------------------------------------------------------------------------------------------------

typedef struct Memory {
  uint64_t used_bytes;
  uint64_t peak_bytes;
  uint64_t limit_bytes;      // 0: no limit
  uint64_t allocation_count; // allocations and growths so far
  uint64_t fail_at;          // the allocation with this number fails, and all after it; 0: never (tests)
  // Asked before an allocation is refused for the limit: gives memory back (evicts clean pages); returns false when
  // there was nothing to give. May be NULL.
  bool (*reclaim)(void *owner, uint64_t wanted_bytes);
  void *reclaim_owner;
  struct DeferredBlock *deferred; // memory_free_later
} Memory;

void memory_init(Memory *memory, uint64_t limit_bytes);
// NULL when the limit or the system says no. Aligned to 16. Contents undefined (poisoned in debug builds).
void *memory_allocate(Memory *memory, size_t size_bytes) MUST_USE;
void *memory_allocate_zeroed(Memory *memory, size_t size_bytes) MUST_USE;
// `pointer` may be NULL with old size 0. On failure returns NULL and the old block stands.
void *memory_grow(Memory *memory, void *pointer, size_t old_size_bytes, size_t new_size_bytes) MUST_USE;
void memory_free(Memory *memory, void *pointer, size_t size_bytes); // the size that was asked for; NULL is fine
// For the many large blocks that a query leaves: giving gigabytes back to the system takes long. Kept and counted until memory_settle or
// until the limit would refuse an allocation.
void memory_free_later(Memory *memory, void *pointer, size_t size_bytes);
// Frees about `bytes` of what was given back so; true: there is more.
bool memory_settle(Memory *memory, size_t bytes);

// ---------------------------------------------------------------------------------------------------------------------
// Arena: objects of one life. Named by who resets it (statement, operator, batch).
// ---------------------------------------------------------------------------------------------------------------------

typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
  Memory *memory;
  ArenaBlock *head; // newest block
  uint8_t *next;    // first free byte of head
  uint8_t *end;
  uint64_t total_bytes; // of all blocks
  bool refused;         // an object was asked for and there was no memory, since the last reset
} Arena;

void arena_init(Arena *arena, Memory *memory);                  // allocates nothing yet
void *arena_allocate(Arena *arena, size_t size_bytes) MUST_USE; // aligned to 16; NULL: no memory
void *arena_allocate_zeroed(Arena *arena, size_t size_bytes) MUST_USE;
void arena_reset(Arena *arena);      // ends all objects; keeps the newest block for reuse
void arena_free(Arena *arena);       // ends all objects and gives all memory back; the arena may be used again
void arena_free_later(Arena *arena); // likewise, by memory_free_later

// A mark to go back to (scratch inside a longer life).
typedef struct ArenaMark {
  ArenaBlock *head;
  uint8_t *next;
} ArenaMark;
ArenaMark arena_mark(const Arena *arena);
void arena_rewind(Arena *arena, ArenaMark mark);

// `ARENA_NEW(arena, error, target)` makes a zeroed *target, or returns ERROR_NO_MEMORY from the calling function.
#define ARENA_NEW(arena, error, target)                          \
  do {                                                           \
    (target) = arena_allocate_zeroed((arena), sizeof *(target)); \
    if (UNLIKELY(!(target))) return error_no_memory(error);      \
  } while (0)
#define ARENA_NEW_ARRAY(arena, error, target, count)                               \
  do {                                                                             \
    (target) = arena_allocate_zeroed((arena), sizeof *(target) * (size_t)(count)); \
    if (UNLIKELY(!(target))) return error_no_memory(error);                        \
  } while (0)

// A growing array in an arena: struct { T *items; uint32_t count, capacity; }. The old block is left to the arena.
// `ARENA_PUSH(arena, error, list, value)` appends or returns ERROR_NO_MEMORY from the calling function.
#define ARENA_LIST(T)  \
  struct {             \
    T *items;          \
    uint32_t count;    \
    uint32_t capacity; \
  }
#define ARENA_PUSH(arena, error, list, value)                                                     \
  do {                                                                                            \
    _Static_assert(offsetof(__typeof__(*(list)), capacity) == offsetof(ArenaList, capacity), ""); \
    __typeof__((list)->items) push_item_ = arena_push((arena), (list), sizeof *push_item_);       \
    if (UNLIKELY(!push_item_)) return error_no_memory(error);                                     \
    *push_item_ = (value);                                                                        \
  } while (0)
// What all these lists are.
typedef struct __attribute__((may_alias)) ArenaList {
  void *items;
  uint32_t count;
  uint32_t capacity;
} ArenaList;
// One more item at the end of `list`, an ArenaList, not set yet; NULL, and nothing changed, when there is no memory.
void *arena_push(Arena *arena, void *list, size_t item_bytes) MUST_USE;

// ---------------------------------------------------------------------------------------------------------------------
// Text
// ---------------------------------------------------------------------------------------------------------------------

// Borrowed bytes, usually UTF-8; not NUL-terminated.
typedef struct Str {
  const char *data;
  size_t length; // bytes
} Str;

#define STR(literal) ((Str){(literal), sizeof(literal) - 1})
#define STR_ARG(str) (int)(str).length, (str).data // for "%.*s"
static inline Str str_from(const char *text) { return (Str){text, text ? strlen(text) : 0}; }
static inline bool str_equal(Str a, Str b) {
  return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}
bool str_equal_nocase(Str a, Str b); // ASCII case only, as DuckDB compares names
int str_compare(Str a, Str b);       // bytes, then length: -1, 0, 1
bool str_starts_with(Str text, Str prefix);
bool str_ends_with(Str text, Str suffix);
bool str_find(Str text, Str needle, size_t *position);                        // false: not there
Str str_trim(Str text);                                                       // ASCII white space
Status str_copy(Arena *arena, Error *error, Str source, Str *copy) MUST_USE;  // the copy is followed by a NUL
Status str_lower(Arena *arena, Error *error, Str source, Str *copy) MUST_USE; // ASCII
Status str_format(Arena *arena, Error *error, Str *out, const char *format, ...) MUST_USE PRINTF_LIKE(4, 5);
uint32_t str_edit_distance(Str a,
                           Str b); // Levenshtein, ASCII case ignored, for "Did you mean"; caps its work at 256 bytes

// Text that grows in accounted memory. A failed append is remembered (`failed`) and checked once at the end.
typedef struct TextBuilder {
  Memory *memory;
  char *data;
  size_t length;
  size_t capacity;
  bool failed;
} TextBuilder;

void text_init(TextBuilder *text, Memory *memory);
void text_free(TextBuilder *text);
void text_clear(TextBuilder *text); // keeps the memory
void text_append(TextBuilder *text, Str bytes);
void text_append_char(TextBuilder *text, char byte);
void text_append_repeated(TextBuilder *text, char byte, size_t count);
// Directives: %s %.*s %c %d %i %u %x %X %ld %lu %lld %llu %zu %p %f(no: use number_to_text) %%, with width, - and 0.
void text_format(TextBuilder *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_format_list(TextBuilder *text, const char *format, va_list arguments);
static inline Str text_str(const TextBuilder *text) { return (Str){text->data, text->length}; }
// Into a fixed buffer; always NUL-terminated; returns the bytes written, cut at the capacity.
size_t text_format_into(char *buffer, size_t capacity, const char *format, ...) PRINTF_LIKE(3, 4);
size_t text_format_list_into(char *buffer, size_t capacity, const char *format, va_list arguments);
size_t text_format_measure(const char *format, va_list arguments); // the bytes that it would write

// ---------------------------------------------------------------------------------------------------------------------
// Numbers to text and back. Writers return the bytes written, not NUL-terminated; NUMBER_TEXT_CAPACITY always suffices.
// ---------------------------------------------------------------------------------------------------------------------

#define NUMBER_TEXT_CAPACITY 64
size_t number_write_i64(char *out, int64_t value);
size_t number_write_u64(char *out, uint64_t value);
size_t number_write_i128(char *out, int128 value);
size_t number_write_u128(char *out, uint128 value);
size_t number_write_decimal(char *out, int128 value, uint32_t scale); // 12345, 2 -> "123.45"
// Shortest text that reads back to the same number, in DuckDB's form: 1.0, 0.1, 1e+16, 1e-05, inf, -inf, nan.
size_t number_write_f64(char *out, double value);
size_t number_write_f32(char *out, float value);

typedef enum NumberParse { NUMBER_OK, NUMBER_INVALID, NUMBER_OVERFLOW } NumberParse;
// The whole of `text` must be the number (optional sign, digits); no white space is skipped.
NumberParse number_parse_i64(Str text, int64_t *value);
NumberParse number_parse_i128(Str text, int128 *value);
NumberParse number_parse_u128(Str text, uint128 *value);
// Decimal and exponent forms, inf, infinity, nan (any case). Correctly rounded (Eisel-Lemire with an exact fallback).
// What is too large is infinity and NUMBER_OK, as DuckDB's casts have it.
NumberParse number_parse_f64(Str text, double *value);
NumberParse number_parse_f32(Str text, float *value);
int128 power_of_ten_i128(uint32_t exponent); // exponent 0..38
double power_of_ten_f64(int exponent);       // exactly rounded

// ---------------------------------------------------------------------------------------------------------------------
// Bits
// ---------------------------------------------------------------------------------------------------------------------

#define BITS_WORDS(bit_count) (((size_t)(bit_count) + 63) / 64)
static inline bool bit_get(const uint64_t *bits, size_t index) { return bits[index >> 6] >> (index & 63) & 1; }
static inline void bit_set(uint64_t *bits, size_t index) { bits[index >> 6] |= (uint64_t)1 << (index & 63); }
static inline void bit_clear(uint64_t *bits, size_t index) { bits[index >> 6] &= ~((uint64_t)1 << (index & 63)); }
size_t bits_count(const uint64_t *bits, size_t bit_count);                         // how many are set
void bits_fill(uint64_t *bits, size_t from, size_t to, bool value);                // [from, to)
size_t bits_next(const uint64_t *bits, size_t from, size_t bit_count, bool value); // bit_count when there is none

// ---------------------------------------------------------------------------------------------------------------------
// Hash and checksum (xxHash, XXH3 64 bits). checksum_* is part of the file format: never change it.
// ---------------------------------------------------------------------------------------------------------------------

uint64_t checksum_bytes(const void *data, size_t length, uint64_t seed);
uint64_t hash_bytes(const void *data, size_t length); // in memory only
static inline uint64_t hash_u64(uint64_t x) {         // murmur3 finaliser
  x ^= x >> 32;
  x *= UINT64_C(0xd6e8feb86659fd93);
  x ^= x >> 32;
  x *= UINT64_C(0xd6e8feb86659fd93);
  return x ^ x >> 32;
}
static inline uint64_t hash_combine(uint64_t a, uint64_t b) { return (a * UINT64_C(0xbf58476d1ce4e5b9)) ^ b; }

// ---------------------------------------------------------------------------------------------------------------------
// UTF-8
// ---------------------------------------------------------------------------------------------------------------------

bool utf8_valid(Str text, size_t *bad_offset); // bad_offset may be NULL
size_t utf8_length(Str text);                  // code points of valid UTF-8
// Decodes at `at` (valid UTF-8) and returns the bytes taken.
size_t utf8_decode(Str text, size_t at, uint32_t *code_point);
size_t utf8_encode(uint32_t code_point, char out[4]); // returns the bytes
size_t utf8_offset(Str text, size_t code_points);     // byte offset after that many code points, capped at the length
uint32_t utf8_width(Str text);                        // terminal columns

// ---------------------------------------------------------------------------------------------------------------------
// Unicode: what is known of a code point (utf8proc's data)
// ---------------------------------------------------------------------------------------------------------------------

bool unicode_is_space(uint32_t code_point); // category Zs
uint32_t unicode_width(uint32_t code_point);
const char *unicode_category(uint32_t code_point);      // "Lu", "Nd", …: the general category
uint32_t unicode_case(uint32_t code_point, bool upper); // simple mapping
// Whether a grapheme ends between two neighbours. *state is 0 before the first pair of a text and carried along.
bool unicode_grapheme_break(uint32_t left, uint32_t right, int *state);
enum { UNICODE_PARTS = 4 };
// The full canonical decomposition of a code point; returns the number of parts.
uint32_t unicode_decompose(uint32_t code_point, uint32_t parts[UNICODE_PARTS]);
// ASCII letters, digits, _ and white space of the compatibility decomposition of what unicode_decompose gave; or "".
const char *unicode_compatible_ascii(uint32_t code_point);
// Normal form C of decomposed text, in place, without marks if asked for; returns the new count.
size_t unicode_compose(uint32_t *code_points, size_t count, bool strip_marks);

// ---------------------------------------------------------------------------------------------------------------------
// 128-bit arithmetic that says when it overflows. True: overflow.
// ---------------------------------------------------------------------------------------------------------------------

static inline bool add_overflow_i128(int128 a, int128 b, int128 *out) { return __builtin_add_overflow(a, b, out); }
static inline bool sub_overflow_i128(int128 a, int128 b, int128 *out) { return __builtin_sub_overflow(a, b, out); }
bool mul_overflow_i128(int128 a, int128 b, int128 *out); // not __muloti4: absent from some runtimes
double i128_to_f64(int128 value);
bool f64_to_i128(double value, int128 *out); // rounds half to even as DuckDB; false: does not fit or NaN

// ---------------------------------------------------------------------------------------------------------------------
// Calendar: proleptic Gregorian, days since 1970-01-01 (int32), microseconds since 1970-01-01 00:00 UTC (int64).
// ---------------------------------------------------------------------------------------------------------------------

#define DAY_INFINITY INT32_MAX             // DATE 'infinity'
#define DAY_NEGATIVE_INFINITY (-INT32_MAX) // DATE '-infinity'
#define MICROS_INFINITY INT64_MAX
#define MICROS_NEGATIVE_INFINITY (-INT64_MAX)
#define MICROS_PER_SECOND INT64_C(1000000)
#define MICROS_PER_DAY INT64_C(86400000000)

bool calendar_valid(int32_t year, int32_t month, int32_t day);
bool calendar_to_days(int32_t year, int32_t month, int32_t day, int32_t *days); // false: no such day or out of range
void calendar_from_days(int32_t days, int32_t *year, int32_t *month, int32_t *day);
int32_t calendar_days_in_month(int32_t year, int32_t month);
bool calendar_is_leap_year(int32_t year);
int32_t calendar_iso_weekday(int32_t days); // 1 = Monday … 7 = Sunday
void calendar_iso_week(int32_t days, int32_t *iso_year, int32_t *week);
int32_t calendar_day_of_year(int32_t days); // 1..366
// Clamps to the last day of the month. Infinities stay; what leaves the range of dates becomes the infinity on that side.
int32_t calendar_add_months(int32_t days, int32_t months);

#endif
