// SPDX-License-Identifier: MIT
//
// file_set.h: the files that a reader's first argument names (a path, a glob, or a list of both), and the values that their
// directories carry (…/year=2024/month=5/x.csv). For all readers of files. Private to func/.
#ifndef SMEW_FUNC_FILE_SET_H
#define SMEW_FUNC_FILE_SET_H

#include "expr/expr.h"

typedef struct ScanFile {
  Str path;
  uint64_t size_bytes;
  uint64_t stamp;
  Value *partition; // [partition_count] of the set
} ScanFile;

typedef struct FileSet {
  ScanFile *files;
  uint32_t count;
  bool many; // a glob or a list, even when it came to one file
  // Hive partitions: columns from directories, in the order of their names
  Str *partition_names;
  Type *partition_types;
  uint32_t partition_count;
} FileSet;

// Expands the argument. *known false: the wishes are noted, bind again. Errors name the function.
Status file_set_expand(TableBind *bind, const Value *argument, FileSet *set, bool *known) MUST_USE;

typedef struct PartitionOptions {
  bool wanted;            // hive_partitioning = true: every file must have them
  bool refused;           // hive_partitioning = false
  bool guess_types;       // hive_types_autocast
  const Str *typed_names; // hive_types
  const Type *types;
  uint32_t type_count;
} PartitionOptions;

// Finds the partitions of all files; without `wanted` only when all files agree.
Status file_set_partitions(FileSet *set, const PartitionOptions *options, Arena *arena, Error *error) MUST_USE;

#endif
