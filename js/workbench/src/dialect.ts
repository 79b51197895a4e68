// SPDX-License-Identifier: MIT
//
// dialect.ts: DuckDB's words, for colours and for completion; those that quote a name are RESERVED.
import { SQLDialect } from "@codemirror/lang-sql";

const RESERVED_WORDS =
  "all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create default " +
  "deferrable desc describe distinct do else end except false fetch for foreign from group having in initially intersect " +
  "into lambda lateral leading limit not null offset on only or order pivot pivot_longer pivot_wider placing primary qualify " +
  "references returning select show some summarize symmetric table then to trailing true union unique unpivot using variadic " +
  "when where window with";

// Words that name types and functions only: `FROM semi` is none of a table.
const JOIN_WORDS =
  "anti asof at authorization binary by collation columns concurrently cross freeze full generated glob ilike inner is isnull " +
  "join left like map natural notnull outer overlaps positional right semi similar struct tablesample try_cast unpack verbose";

const OTHER_WORDS =
  "abort action add after alter always attach before begin between call cascade checkpoint " +
  "commit conflict copy cube current cycle deallocate delete detach discard drop enum escape every exclude " +
  "excluding execute exists explain export filter following force function global if ignore " +
  "import including increment index insert install intersect interval key load local " +
  "macro materialized maxvalue merge minvalue next no none nothing nulls of ordinality others over " +
  "partition pragma preceding prepare read recursive rename replace reset respect restrict " +
  "rollback rollup row rows schema set sets snapshot temp temporary ties transaction truncate " +
  "unbounded update use vacuum values view within without";

const TYPES =
  "bigint binary bit blob bool boolean bytea char date datetime decimal double float float4 float8 hugeint int int1 int2 int4 " +
  "int8 integer list long numeric real short smallint string text time timestamp timestamptz timetz tinyint ubigint uhugeint " +
  "uinteger usmallint utinyint uuid varbinary varchar";

export const RESERVED: ReadonlySet<string> = new Set(`${RESERVED_WORDS} ${JOIN_WORDS}`.split(" "));

export const DuckDialect = SQLDialect.define({
  keywords: `${RESERVED_WORDS} ${JOIN_WORDS} ${OTHER_WORDS}`,
  types: TYPES,
  doubleDollarQuotedStrings: true,
  caseInsensitiveIdentifiers: true,
  operatorChars: "+-*/<>=~!@%^&|",
  specialVar: "$",
});
