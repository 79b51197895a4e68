// SPDX-License-Identifier: MIT
//
// text_format.c: printf's directives without printf: %s %c %d %i %u %x %X %p %% with the flags - 0 + and space, width
// and precision (also *), and the lengths hh h l ll z j t. Floating point is not among them: number_write_f64 is.
//
// One formatter writes to a Sink, which is a TextBuilder, a fixed buffer, or nothing but a count.
#include "base/base.h"

typedef struct Sink {
  TextBuilder *text; // or NULL:
  char *buffer;      // may be NULL with capacity 0: only counts
  size_t capacity;   // bytes that fit
  size_t length;     // bytes wanted so far, may exceed the capacity
} Sink;

static void sink_write(Sink *sink, const char *bytes, size_t length) {
  if (sink->text) {
    text_append(sink->text, (Str){bytes, length});
    return;
  }
  if (sink->length < sink->capacity && length) {
    memcpy(sink->buffer + sink->length, bytes, MIN_OF(length, sink->capacity - sink->length));
  }
  sink->length += length;
}

static void sink_pad(Sink *sink, char byte, size_t count) {
  if (sink->text) {
    text_append_repeated(sink->text, byte, count);
    return;
  }
  if (sink->length < sink->capacity && count) {
    memset(sink->buffer + sink->length, byte, MIN_OF(count, sink->capacity - sink->length));
  }
  sink->length += count;
}

typedef struct Directive {
  bool left, zero, plus, space;
  int width;
  int precision;   // -1: none
  int length;      // -2 char, -1 short, 0 int, 1 long, 2 long long, 3 size_t, 4 intmax_t, 5 ptrdiff_t
  char conversion; // 'd', 's', …
} Directive;

static int parse_count(const char **at, va_list *arguments) {
  if (**at == '*') {
    (*at)++;
    return va_arg(*arguments, int);
  }
  int count = 0;
  while (**at >= '0' && **at <= '9' && count < 100000000) count = count * 10 + (*(*at)++ - '0');
  return count;
}

static int parse_length(const char **at) {
  switch (**at) {
    case 'h':
      (*at)++;
      if (**at != 'h') return -1;
      (*at)++;
      return -2;
    case 'l':
      (*at)++;
      if (**at != 'l') return 1;
      (*at)++;
      return 2;
    case 'z':
      (*at)++;
      return 3;
    case 'j':
      (*at)++;
      return 4;
    case 't':
      (*at)++;
      return 5;
    default:
      return 0;
  }
}

// `at` is after the '%'; returns what follows the directive.
static const char *parse_directive(const char *at, va_list *arguments, Directive *directive) {
  *directive = (Directive){.precision = -1};
  for (;; at++) {
    if (*at == '-') {
      directive->left = true;
    } else if (*at == '0') {
      directive->zero = true;
    } else if (*at == '+') {
      directive->plus = true;
    } else if (*at == ' ') {
      directive->space = true;
    } else {
      break;
    }
  }
  directive->width = parse_count(&at, arguments);
  if (directive->width < 0) {
    directive->left = true;
    directive->width = -directive->width;
  }
  if (*at == '.') {
    at++;
    directive->precision = parse_count(&at, arguments);
  }
  directive->length = parse_length(&at);
  directive->conversion = *at;
  return *at ? at + 1 : at;
}

static void write_padded(Sink *sink, const Directive *directive, const char *bytes, size_t length) {
  size_t padding = (size_t)directive->width > length ? (size_t)directive->width - length : 0;
  if (!directive->left) sink_pad(sink, ' ', padding);
  sink_write(sink, bytes, length);
  if (directive->left) sink_pad(sink, ' ', padding);
}

static void write_integer(Sink *sink, const Directive *directive, bool negative, uint64_t magnitude) {
  char digits[24];
  size_t count = 0;
  uint64_t base =
      directive->conversion == 'x' || directive->conversion == 'X' || directive->conversion == 'p' ? 16 : 10;
  const char *alphabet = directive->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
  do {
    digits[sizeof digits - ++count] = alphabet[magnitude % base];
    magnitude /= base;
  } while (magnitude);
  const char *sign = negative ? "-" : directive->plus ? "+" : directive->space ? " " : "";
  if (directive->conversion == 'p') sign = "0x";
  size_t sign_length = strlen(sign);
  size_t zeros = directive->precision > (int)count ? (size_t)directive->precision - count : 0;
  size_t total = sign_length + zeros + count;
  size_t padding = (size_t)directive->width > total ? (size_t)directive->width - total : 0;
  if (directive->zero && !directive->left && directive->precision < 0) {
    zeros += padding;
    padding = 0;
  }
  if (!directive->left) sink_pad(sink, ' ', padding);
  sink_write(sink, sign, sign_length);
  sink_pad(sink, '0', zeros);
  sink_write(sink, digits + sizeof digits - count, count);
  if (directive->left) sink_pad(sink, ' ', padding);
}

static int64_t next_signed(int length, va_list *arguments) {
  switch (length) {
    case -2:
      return (signed char)va_arg(*arguments, int);
    case -1:
      return (short)va_arg(*arguments, int);
    case 1:
      return va_arg(*arguments, long);
    case 2:
      return va_arg(*arguments, long long);
    case 3:
    case 5:
      return va_arg(*arguments, ptrdiff_t);
    case 4:
      return va_arg(*arguments, intmax_t);
    default:
      return va_arg(*arguments, int);
  }
}

static uint64_t next_unsigned(int length, va_list *arguments) {
  switch (length) {
    case -2:
      return (unsigned char)va_arg(*arguments, unsigned);
    case -1:
      return (unsigned short)va_arg(*arguments, unsigned);
    case 1:
      return va_arg(*arguments, unsigned long);
    case 2:
      return va_arg(*arguments, unsigned long long);
    case 3:
    case 5:
      return va_arg(*arguments, size_t);
    case 4:
      return va_arg(*arguments, uintmax_t);
    default:
      return va_arg(*arguments, unsigned);
  }
}

static void write_directive(Sink *sink, const Directive *directive, va_list *arguments) {
  switch (directive->conversion) {
    case '%':
      sink_write(sink, "%", 1);
      break;
    case 'c': {
      char byte = (char)va_arg(*arguments, int);
      write_padded(sink, directive, &byte, 1);
      break;
    }
    case 's': {
      const char *text = va_arg(*arguments, const char *);
      if (!text) text = directive->precision == 0 ? "" : "(null)";
      size_t length = directive->precision < 0 ? strlen(text) : strnlen(text, (size_t)directive->precision);
      write_padded(sink, directive, text, length);
      break;
    }
    case 'd':
    case 'i': {
      int64_t value = next_signed(directive->length, arguments);
      write_integer(sink, directive, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
      break;
    }
    case 'u':
    case 'x':
    case 'X':
      write_integer(sink, directive, false, next_unsigned(directive->length, arguments));
      break;
    case 'p':
      write_integer(sink, directive, false, (uintptr_t)va_arg(*arguments, void *));
      break;
    default:
      ASSERT(!"a directive that text_format does not have");
  }
}

// va_list travels in a struct: where it is an array type, its address as a parameter would have another type.
typedef struct Arguments {
  va_list list;
} Arguments;

static void format_to(Sink *sink, const char *format, va_list list) {
  Arguments arguments;
  va_copy(arguments.list, list);
  while (*format) {
    const char *percent = strchr(format, '%');
    if (!percent) {
      sink_write(sink, format, strlen(format));
      break;
    }
    sink_write(sink, format, (size_t)(percent - format));
    Directive directive;
    format = parse_directive(percent + 1, &arguments.list, &directive);
    write_directive(sink, &directive, &arguments.list);
  }
  va_end(arguments.list);
}

void text_format_list(TextBuilder *text, const char *format, va_list arguments) {
  Sink sink = {.text = text};
  format_to(&sink, format, arguments);
}

void text_format(TextBuilder *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  text_format_list(text, format, arguments);
  va_end(arguments);
}

size_t text_format_measure(const char *format, va_list arguments) {
  Sink sink = {0};
  format_to(&sink, format, arguments);
  return sink.length;
}

size_t text_format_list_into(char *buffer, size_t capacity, const char *format, va_list arguments) {
  ASSERT(capacity > 0);
  Sink sink = {.buffer = buffer, .capacity = capacity - 1};
  format_to(&sink, format, arguments);
  size_t length = MIN_OF(sink.length, sink.capacity);
  buffer[length] = 0;
  return length;
}

size_t text_format_into(char *buffer, size_t capacity, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t length = text_format_list_into(buffer, capacity, format, arguments);
  va_end(arguments);
  return length;
}
