// SPDX-License-Identifier: MIT
//
// exports.ts: what every entry of the package exports beside `open` and `support`.
export { Database, Files, Session, columnsOf, rowsOf } from "./client.js";
export type {
  CallOptions, ColumnInfo, CsvOption, ExecResult, FileSource, ImportOptions, OpenOptions, Parameters, Prepared, Progress, Queryable,
  QueryOptions, RegisteredFile, RowStream, Storage, Table, TableInfo, Transaction, ValueOptions,
} from "./client.js";
export { parseType, readersOf } from "./values.js";
export type { ColumnReader, SqlType } from "./values.js";
export { SmewError } from "./error.js";
export type { SmewErrorCode } from "./error.js";
