// SPDX-License-Identifier: MIT
//
// sql_lexer.c: tokens, literals, keywords, and the services for line editors.
#include "sql_helpers.h"
#include "vector/keywords.h"

static const char *kind_names = "IQKNSPOC!"; // SqlTokenKind by letter

static void check_tokens(int line, const char *sql, const char *kinds) {
  Parse parse;
  SqlTokenList tokens;
  parse_start(&parse);
  CHECK_OR_RETURN(sql_tokenize(&parse.arena, str_from(sql), &tokens, &parse.error) == OK);
  char got[128] = {0};
  for (uint32_t i = 0; i < tokens.count && i < sizeof got - 1; i++) got[i] = kind_names[tokens.items[i].kind];
  if (strcmp(got, kinds) != 0) UNIT_FAIL("line %d: %s has tokens %s, not %s", line, sql, got, kinds);
  parse_end(&parse);
}
#define CHECK_TOKENS(sql, kinds) check_tokens(__LINE__, sql, kinds)

TEST(tokens) {
  CHECK_TOKENS("", "");
  CHECK_TOKENS(" \t\r\n\f\v ", "");
  CHECK_TOKENS("select a, \"b\" from t -- c", "KIOQKIC");
  CHECK_TOKENS("/* a /* b */ c */ x", "CI");
  CHECK_TOKENS("/* a", "!");
  CHECK_TOKENS("'abc", "!");
  CHECK_TOKENS("\"abc", "!");
  CHECK_TOKENS("$$abc", "!");
  CHECK_TOKENS("\"\"", "!");
  CHECK_TOKENS("1 1.5 .5 1. 1e5 1e 1_000 0x1F", "NNNNNNINNI");
  CHECK_TOKENS("1..2", "NON");
  CHECK_TOKENS("'a' e'\\'' $$a'b$$ $t$ $$ $t$", "SSSS");
  CHECK_TOKENS("'a'\n'b' 'c'", "SS"); // joined over the line end, not over a space
  CHECK_TOKENS("? ?12 $1 $name #", "PPPPP");
  CHECK_TOKENS("a||-1", "ION");
  CHECK_TOKENS("a=-1", "IOON");
  CHECK_TOKENS("a->>'x' :: := => ->", "IOSOOOO");
  CHECK_TOKENS("été €", "II");
  CHECK_TOKENS(
      "a\xC2\xA0"
      "b\xE3\x80\x80"
      "c",
      "III"); // Unicode spaces
  CHECK_TOKENS("\x01", "!");
  CHECK_TOKENS("\\", "!");
}

TEST(completeness) {
  CHECK(sql_is_complete(STR("")));
  CHECK(sql_is_complete(STR("  -- nothing\n")));
  CHECK(sql_is_complete(STR("select 1;")));
  CHECK(sql_is_complete(STR("select 1; -- done")));
  CHECK(!sql_is_complete(STR("select 1")));
  CHECK(!sql_is_complete(STR("select ';")));
  CHECK(!sql_is_complete(STR("select 1; /* ;")));
  CHECK(!sql_is_complete(STR("select $$;")));
  CHECK(sql_is_complete(STR("select ';';")));
  CHECK(!sql_is_complete(STR("select 1; select")));
}

static SqlKeywordClass class_of(Str word) { return keyword_class(keyword_find(word)); }

TEST(keywords) {
  CHECK_EQ_INT(class_of(STR("SELECT")), SQL_KEYWORD_RESERVED);
  CHECK_EQ_INT(class_of(STR("abort")), SQL_KEYWORD_UNRESERVED);
  CHECK_EQ_INT(class_of(STR("Zone")), SQL_KEYWORD_UNRESERVED);
  CHECK_EQ_INT(class_of(STR("between")), SQL_KEYWORD_COLUMN_NAME);
  CHECK_EQ_INT(class_of(STR("asof")), SQL_KEYWORD_TYPE_FUNCTION);
  CHECK_EQ_INT(class_of(STR("")), SQL_KEYWORD_NONE);
  CHECK_EQ_INT(class_of(STR("selec")), SQL_KEYWORD_NONE);
  CHECK_EQ_INT(class_of(STR("a_word_longer_than_any_keyword_of_the_dialect")), SQL_KEYWORD_NONE);
  size_t count;
  const SqlKeyword *keywords = sql_keywords(&count);
  CHECK_EQ_INT(count, 489);
  for (size_t i = 0; i < count; i++) {
    Str text = {keywords[i].text, keywords[i].length};
    CHECK_EQ_INT(class_of(text), keywords[i].keyword_class);
    if (i > 0) CHECK(strcmp(keywords[i - 1].text, keywords[i].text) < 0);
  }
}

static SqlLiteral parse_literal(Parse *parse, const char *sql) {
  SqlExpr *expr = NULL;
  parse_start(parse);
  if (sql_parse_expression(&parse->arena, str_from(sql), SQL_OPTIONS_DEFAULT, &expr, &parse->error) != OK) {
    UNIT_FAIL("%s: %s", sql, parse->error.message);
    return (SqlLiteral){0};
  }
  CHECK_EQ_INT(expr->kind, SQL_EXPR_LITERAL);
  return expr->literal;
}

TEST(numbers) {
  Parse parse;
  SqlLiteral literal = parse_literal(&parse, "1_000");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_INTEGER);
  CHECK(literal.integer == 1000);
  parse_end(&parse);
  literal = parse_literal(&parse, "-170141183460469231731687303715884105728");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_INTEGER);
  CHECK(literal.integer == (int128)((uint128)1 << 127));
  parse_end(&parse);
  literal = parse_literal(&parse, "170141183460469231731687303715884105728");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_UNSIGNED);
  parse_end(&parse);
  literal = parse_literal(&parse, "340282366920938463463374607431768211456");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_FLOAT);
  CHECK(literal.floating == 3.402823669209385e38);
  parse_end(&parse);
  literal = parse_literal(&parse, "-0.10");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_DECIMAL);
  CHECK(literal.integer == -10);
  CHECK_EQ_INT(literal.width, 3);
  CHECK_EQ_INT(literal.scale, 2);
  parse_end(&parse);
  literal = parse_literal(&parse, ".5");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_DECIMAL);
  CHECK_EQ_INT(literal.width, 1);
  CHECK_EQ_INT(literal.scale, 1);
  parse_end(&parse);
  literal = parse_literal(&parse, "1.23456789012345678901234567890123456789"); // 39 digits
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_FLOAT);
  parse_end(&parse);
  literal = parse_literal(&parse, "- 1.5e3");
  CHECK_EQ_INT(literal.kind, SQL_LITERAL_FLOAT);
  CHECK(literal.floating == -1500.0);
  parse_end(&parse);
  literal = parse_literal(&parse, "1e400");
  CHECK(isinf(literal.floating));
  parse_end(&parse);
  CHECK_NAME("0.1", "0.1");
  CHECK_NAME(".5", ".5");
  CHECK_NAME("-.5", "-.5");
  CHECK_NAME("1.", "1");
  CHECK_NAME("1.50", "1.50");
  CHECK_NAME("00012", "12");
  CHECK_NAME("1e5", "100000.0");
  CHECK_NAME("1e400", "1e1000");
  CHECK_NAME("-0", "0");
  CHECK_NAME("0x1F", "x1F"); // no hexadecimal: 0 AS x1F
}

static void check_string(int line, const char *sql, Str expected) {
  Parse parse;
  SqlLiteral literal = parse_literal(&parse, sql);
  if (!str_equal(literal.text, expected)) UNIT_FAIL("line %d: %s is %.*s", line, sql, STR_ARG(literal.text));
  parse_end(&parse);
}
#define CHECK_STRING(sql, expected) check_string(__LINE__, sql, STR(expected))

TEST(strings) {
  CHECK_STRING("''", "");
  CHECK_STRING("'it''s'", "it's");
  CHECK_STRING("'a\\n'", "a\\n");
  CHECK_STRING("E'a\\n\\t\\\\\\'\\x41\\101\\u00e9\\U0001F986'", "a\n\t\\'AAé\xF0\x9F\xA6\x86");
  CHECK_STRING("e''''", "'");
  CHECK_STRING("$$a'b$$", "a'b");
  CHECK_STRING("$t$ $$ $x$ $t$", " $$ $x$ ");
  CHECK_STRING("$$$$", "");
  CHECK_STRING("'a' -- one\n  'b''c'\n\t'd'", "ab'cd");
  CHECK_STRING("x'0A'", "x0A"); // as DuckDB: a string, not bytes
  CHECK_STRING("B'01'", "b01");
  CHECK_STRING("'\xF0\x9F\xA6\x86'", "\xF0\x9F\xA6\x86");
  CHECK_ERROR("select e'\\xFF'", 7, "Parser Error: invalid byte sequence for encoding \"UTF8\"");
  CHECK_ERROR("select e'\\uD800'", 7, "Parser Error: invalid Unicode escape value");
}

TEST(unterminated) {
  CHECK_ERROR("select 'abc", 7, "Parser Error: unterminated quoted string at or near \"'abc\"");
  CHECK_ERROR("select \"abc", 7, "Parser Error: unterminated quoted identifier at or near \"\"abc\"");
  CHECK_ERROR("select $$abc", 7, "Parser Error: unterminated dollar-quoted string at or near \"$$abc\"");
  CHECK_ERROR("select $x$ab", 7, "Parser Error: unterminated dollar-quoted string at or near \"$x$ab\"");
  CHECK_ERROR("select /* abc", 7, "Parser Error: unterminated /* comment at or near \"/* abc\"");
  CHECK_ERROR("select x'0", 7, "Parser Error: unterminated hexadecimal string literal at or near \"x'0\"");
  CHECK_ERROR("select \"\"", 7, "Parser Error: zero-length delimited identifier at or near \"\"\"\"");
  // The first mistake is told, although the second is found before parsing starts.
  CHECK_ERROR("selec 'abc", 0, "Parser Error: syntax error at or near \"selec\"");
}

TEST(parameters) {
  Parse parse;
  SqlStatement *statement = parse_one(&parse, "select ?, $1, ?, $5, ?");
  CHECK_OR_RETURN(statement);
  CHECK_EQ_INT(statement->parameters.count, 4); // 1, 2, 5, 6
  CHECK_STR(statement->parameters.items[0].name, "1");
  CHECK_STR(statement->parameters.items[3].name, "6");
  const SqlExprList *items = &statement->query->select.items;
  CHECK_EQ_INT(items->items[1]->parameter.index, 0);
  CHECK_EQ_INT(items->items[3]->parameter.index, 2);
  parse_end(&parse);
  statement = parse_one(&parse, "select $name, $NAME, $other");
  CHECK_OR_RETURN(statement);
  CHECK_EQ_INT(statement->parameters.count, 2);
  parse_end(&parse);
  CHECK_ERROR("select $a, $1", -1,
              "Not implemented Error: Mixing named and positional parameters is not supported yet");
  CHECK_PARSES("select $a; select $1"); // each statement has its own
}

TEST(paths) {
  Parse parse;
  SqlPath path;
  parse_start(&parse);
  CHECK(sql_parse_path(&parse.arena, STR("my schema.\"my.\"\"seq\""), &path, &parse.error) == OK);
  CHECK_EQ_INT(path.count, 2);
  CHECK_STR(path.items[0], "my schema");
  CHECK_STR(path.items[1], "my.\"seq");
  CHECK(sql_parse_path(&parse.arena, STR("\"a\".\"seq"), &path, &parse.error) == ERROR_PARSER);
  CHECK_EQ_STR(parse.error.message, "Unterminated quote in qualified name! (input: \"a\".\"seq)");
  CHECK(sql_parse_path(&parse.arena, STR("a.b.c.d"), &path, &parse.error) == ERROR_PARSER);
  parse_end(&parse);
}

UNIT_MAIN
