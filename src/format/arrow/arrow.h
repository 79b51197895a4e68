// SPDX-License-Identifier: MIT
//
// arrow.h: how the Arrow writer keeps a batch that it is gathering. Private to format/arrow.
//
// Every column is a tree of nodes (Arrow: arrays), and all nodes of all columns lie in one array, each before its
// children: the order in which Arrow's record batches list arrays and buffers.
//
//   a INTEGER[], b STRUCT(x DATE, y VARCHAR)
//     nodes  0: a  LIST      end 2          A node's first child is the next node; a child's next sibling lies at
//            1:      FIXED   end 2          the child's `end`.
//            2: b  STRUCT    end 5
//            3:      FIXED   end 4
//            4:      TEXT    end 5
//
// Files: arrow_schema.c (types and the schema message), arrow_rows.c (vectors into nodes), arrow_writer.c (the rest).
#ifndef SMEW_FORMAT_ARROW_H
#define SMEW_FORMAT_ARROW_H

#include "format/arrow/flatbuffer.h"
#include "format/format.h"

// How the values of a node lie in the body of a record batch; each but NULLS and UNION has a validity bitmap first.
typedef enum ArrowLayout {
  ARROW_NULLS,      // nothing
  ARROW_BITS,       // a bit a row
  ARROW_FIXED,      // value_bytes a row
  ARROW_TEXT,       // int32 offsets (rows + 1), then bytes
  ARROW_LIST,       // int32 offsets (rows + 1) into the child; MAP too
  ARROW_FIXED_LIST, // type.array_size rows of the child for each row
  ARROW_STRUCT,     // the children
  ARROW_UNION,      // sparse: int8 type ids, and each child has all rows
} ArrowLayout;

typedef struct ArrowNode {
  Type type;
  uint8_t layout;      // ArrowLayout
  uint8_t value_bytes; // ARROW_FIXED
  uint32_t column;     // of the result, for error texts
  uint32_t end;
  uint32_t rows;
  uint32_t null_count;
  TextBuilder validity; // bit set: not NULL; empty as long as no row is NULL
  TextBuilder offsets;
  TextBuilder data; // values, bits, bytes of texts, type ids
  // What it had before the rows that are being added, to go back to when they do not fit.
  struct {
    uint32_t rows, null_count;
    size_t validity, offsets, data;
  } before;
} ArrowNode;

struct ArrowWriter {
  Memory *memory;
  Arena arena;   // names and types
  Arena scratch; // one call of arrow_add_rows
  const Str *names;
  const Type *types;
  ArrowNode *nodes;
  uint32_t column_count;
  uint32_t node_count;
  // Adding rows stops where a column would come to more bytes of text, or a list to more elements, than this.
  uint64_t offset_limit;
  bool full; // it has stopped there
};

// ---- arrow_schema.c

ArrowLayout arrow_layout(Type type, uint8_t *value_bytes); // value_bytes is set for ARROW_FIXED
uint32_t arrow_child_count(Type type);
Type arrow_child(Type type, uint32_t index);
// What Arrow has no place for.
Status arrow_check_type(Type type, Str column, Error *error) MUST_USE;
// The flatbuffer of a schema message.
void arrow_schema_metadata(const ArrowWriter *writer, TextBuilder *out);

typedef enum ArrowHeader { ARROW_HEADER_SCHEMA = 1, ARROW_HEADER_RECORD_BATCH = 3 } ArrowHeader;
typedef struct ArrowMessage {
  size_t header;      // the slot that refers to the header's table
  size_t body_length; // where the bytes behind the metadata are counted (8)
} ArrowMessage;
// Begins the flatbuffer of a message.
ArrowMessage arrow_message(FlatBuilder *builder, TextBuilder *out, ArrowHeader header);

// ---- arrow_rows.c

// Rows [from, from + count) of a column's vector into its node and the nodes below.
Status arrow_add_column(ArrowWriter *writer, uint32_t node, const Vector *vector, uint32_t from, uint32_t count,
                        Error *error) MUST_USE;

#endif
