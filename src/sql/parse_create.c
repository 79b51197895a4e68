// SPDX-License-Identifier: MIT
//
// parse_create.c: CREATE of every kind of object.
#include "sql/parser.h"

// ---------------------------------------------------------------------------------------------------------------------
// Constraints
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_reference_action(Parser *parser, SqlReferenceAction *action) {
  if (parser_accept_keywords(parser, KEYWORD_NO, KEYWORD_ACTION)) {
    *action = SQL_REFERENCE_NO_ACTION;
  } else if (parser_accept_keyword(parser, KEYWORD_RESTRICT)) {
    *action = SQL_REFERENCE_RESTRICT;
  } else if (parser_accept_keyword(parser, KEYWORD_CASCADE)) {
    *action = SQL_REFERENCE_CASCADE;
  } else if (parser_accept_keywords(parser, KEYWORD_SET, KEYWORD_NULL)) {
    *action = SQL_REFERENCE_SET_NULL;
  } else if (parser_accept_keywords(parser, KEYWORD_SET, KEYWORD_DEFAULT)) {
    *action = SQL_REFERENCE_SET_DEFAULT;
  } else {
    return parser_syntax_error(parser);
  }
  return OK;
}

// REFERENCES table [(columns)] [ON DELETE …] [ON UPDATE …]: behind REFERENCES.
static Status parse_references(Parser *parser, SqlConstraint *constraint) {
  constraint->kind = SQL_CONSTRAINT_FOREIGN_KEY;
  TRY(parse_qualified_name(parser, &constraint->references));
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) {
    TRY(parse_name_list_in_parentheses(parser, &constraint->references_columns));
  }
  if (parser_accept_keyword(parser, KEYWORD_MATCH)) {
    if (!parser_accept_keyword(parser, KEYWORD_FULL)) TRY(parser_expect_keyword(parser, KEYWORD_SIMPLE));
  }
  for (;;) {
    if (parser_accept_keywords(parser, KEYWORD_ON, KEYWORD_DELETE)) {
      TRY(parse_reference_action(parser, &constraint->on_delete));
    } else if (parser_accept_keywords(parser, KEYWORD_ON, KEYWORD_UPDATE)) {
      TRY(parse_reference_action(parser, &constraint->on_update));
    } else {
      break;
    }
  }
  bool acts = (constraint->on_delete != SQL_REFERENCE_NO_ACTION && constraint->on_delete != SQL_REFERENCE_RESTRICT) ||
              (constraint->on_update != SQL_REFERENCE_NO_ACTION && constraint->on_update != SQL_REFERENCE_RESTRICT);
  if (acts) {
    return error_set(parser->error, ERROR_PARSER, -1,
                     "FOREIGN KEY constraints cannot use CASCADE, SET NULL or SET DEFAULT");
  }
  return OK;
}

static Status parse_check(Parser *parser, SqlConstraint *constraint) {
  constraint->kind = SQL_CONSTRAINT_CHECK;
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_expression(parser, &constraint->check));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

bool parser_starts_table_constraint(const Parser *parser) {
  switch (parser_keyword(parser)) {
    case KEYWORD_CONSTRAINT:
    case KEYWORD_CHECK:
    case KEYWORD_UNIQUE:
    case KEYWORD_PRIMARY:
    case KEYWORD_FOREIGN:
      return true;
    default:
      return false;
  }
}

Status parse_table_constraint(Parser *parser, SqlConstraint *constraint) {
  constraint->position = parser_position(parser);
  if (parser_accept_keyword(parser, KEYWORD_CONSTRAINT)) TRY(parse_column_id_or_string(parser, &constraint->name));
  if (parser_accept_keyword(parser, KEYWORD_CHECK)) return parse_check(parser, constraint);
  if (parser_accept_keyword(parser, KEYWORD_UNIQUE)) {
    constraint->kind = SQL_CONSTRAINT_UNIQUE;
    return parse_name_list_in_parentheses(parser, &constraint->columns);
  }
  if (parser_accept_keywords(parser, KEYWORD_PRIMARY, KEYWORD_KEY)) {
    constraint->kind = SQL_CONSTRAINT_PRIMARY_KEY;
    return parse_name_list_in_parentheses(parser, &constraint->columns);
  }
  TRY(parser_expect_keyword(parser, KEYWORD_FOREIGN));
  TRY(parser_expect_keyword(parser, KEYWORD_KEY));
  TRY(parse_name_list_in_parentheses(parser, &constraint->columns));
  TRY(parser_expect_keyword(parser, KEYWORD_REFERENCES));
  return parse_references(parser, constraint);
}

// ---------------------------------------------------------------------------------------------------------------------
// Columns
// ---------------------------------------------------------------------------------------------------------------------

static Status stop_at_query(SqlVisitor *visitor, SqlQuery **slot) {
  (void)slot;
  *(bool *)visitor->context = true;
  return OK;
}

static bool has_subquery(Parser *parser, SqlExpr *expr) {
  bool found = false;
  SqlVisitor visitor = {.query = stop_at_query, .context = &found, .error = parser->error};
  return sql_visit_expr(&visitor, &expr) == OK && found;
}

// (expression) [VIRTUAL | STORED]: behind AS.
static Status parse_generated(Parser *parser, SqlColumnDefinition *column) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  TRY(parse_expression(parser, &column->generated));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  if (has_subquery(parser, column->generated)) {
    return error_set(parser->error, ERROR_PARSER, -1,
                     "Expression of generated column \"%.*s\" contains a subquery, which isn't allowed",
                     STR_ARG(column->name));
  }
  if (parser_accept_keyword(parser, KEYWORD_STORED)) {
    column->stored = true;
  } else {
    parser_accept_keyword(parser, KEYWORD_VIRTUAL);
  }
  return OK;
}

static Status parse_column_collation(Parser *parser, SqlColumnDefinition *column) {
  const char *type = column->type && column->type->kind == SQL_TYPE_NAMED
                         ? sql_type_canonical_name(column->type->named.name.name)
                         : NULL;
  TRY(parse_collation(parser, &column->collation));
  if (type && strcmp(type, "VARCHAR") == 0) return OK;
  return error_set(parser->error, ERROR_PARSER, -1, "Only VARCHAR columns can have collations!");
}

// What is no constraint but stands among them; *found false: it is none of these.
static Status parse_column_property(Parser *parser, SqlColumnDefinition *column, bool *found) {
  *found = true;
  if (parser_accept_keyword(parser, KEYWORD_DEFAULT)) {
    return parse_restricted_expression(parser, &column->default_value);
  }
  if (parser_accept_keyword(parser, KEYWORD_COLLATE)) return parse_column_collation(parser, column);
  // GENERATED comes before everything else.
  bool late =
      column->default_value || column->constraints.count > 0 || column->collation.data || column->compression.data;
  if (!late && parser_accept_keyword(parser, KEYWORD_AS)) return parse_generated(parser, column);
  if (!late && parser_accept_keyword(parser, KEYWORD_GENERATED)) {
    if (parser_accept_keywords(parser, KEYWORD_BY, KEYWORD_DEFAULT)) {
      TRY(parser_expect_keyword(parser, KEYWORD_AS));
    } else {
      parser_accept_keyword(parser, KEYWORD_ALWAYS);
      TRY(parser_expect_keyword(parser, KEYWORD_AS));
    }
    if (parser_is_keyword(parser, KEYWORD_IDENTITY)) {
      return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Constraint not implemented!");
    }
    return parse_generated(parser, column);
  }
  if (parser_accept_keywords(parser, KEYWORD_USING, KEYWORD_COMPRESSION)) {
    return parse_column_id_or_string(parser, &column->compression);
  }
  *found = false;
  return OK;
}

static Status parse_column_constraint(Parser *parser, SqlColumnDefinition *column, bool *found) {
  SqlConstraint constraint = {.position = parser_position(parser)};
  *found = true;
  bool named = parser_accept_keyword(parser, KEYWORD_CONSTRAINT);
  if (named) TRY(parse_column_id_or_string(parser, &constraint.name));
  if (parser_accept_keywords(parser, KEYWORD_NOT, KEYWORD_NULL)) {
    constraint.kind = SQL_CONSTRAINT_NOT_NULL;
  } else if (parser_accept_keyword(parser, KEYWORD_NULL)) {
    constraint.kind = SQL_CONSTRAINT_NULL;
  } else if (parser_accept_keyword(parser, KEYWORD_UNIQUE)) {
    constraint.kind = SQL_CONSTRAINT_UNIQUE;
  } else if (parser_accept_keywords(parser, KEYWORD_PRIMARY, KEYWORD_KEY)) {
    constraint.kind = SQL_CONSTRAINT_PRIMARY_KEY;
  } else if (parser_accept_keyword(parser, KEYWORD_CHECK)) {
    TRY(parse_check(parser, &constraint));
  } else if (parser_accept_keyword(parser, KEYWORD_REFERENCES)) {
    TRY(parse_references(parser, &constraint));
  } else {
    *found = false;
    return named ? parser_syntax_error(parser) : OK;
  }
  ARENA_PUSH(parser->arena, parser->error, &constraint.columns, column->name);
  ARENA_PUSH(parser->arena, parser->error, &column->constraints, constraint);
  return OK;
}

// Whether a type may start here, or the column has none.
static bool at_column_type(const Parser *parser) {
  switch (parser_kind(parser)) {
    case TOKEN_IDENTIFIER:
    case TOKEN_QUOTED_IDENTIFIER:
      return true;
    case TOKEN_KEYWORD:
      break;
    default:
      return false;
  }
  switch (parser_keyword(parser)) {
    case KEYWORD_GENERATED: {
      Keyword next = (Keyword)parser_peek(parser, 1).keyword;
      return next != KEYWORD_ALWAYS && next != KEYWORD_AS && next != KEYWORD_BY;
    }
    case KEYWORD_UNION:
      return true; // reserved, but a type
    default:
      return keyword_class(parser_keyword(parser)) != SQL_KEYWORD_RESERVED;
  }
}

// With `path`, the name may be that of a struct field: ALTER TABLE t ADD COLUMN s.field INT.
Status parse_column_definition(Parser *parser, SqlColumnDefinition *column, SqlPath *path) {
  column->position = parser_position(parser);
  TRY(parse_column_id(parser, &column->name));
  if (path) {
    ARENA_PUSH(parser->arena, parser->error, path, column->name);
    while (parser_accept(parser, TOKEN_DOT)) {
      TRY(parse_label(parser, &column->name));
      ARENA_PUSH(parser->arena, parser->error, path, column->name);
    }
  }
  if (at_column_type(parser)) TRY(parse_type(parser, &column->type));
  bool found;
  do {
    TRY(parse_column_property(parser, column, &found));
    if (!found) TRY(parse_column_constraint(parser, column, &found));
  } while (found);
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// CREATE TABLE
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_table_elements(Parser *parser, SqlCreateTable *table) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  do {
    if (parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) break;
    if (parser_is_keyword(parser, KEYWORD_LIKE)) {
      return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "ColumnDef type not handled yet");
    }
    if (parser_starts_table_constraint(parser)) {
      SqlConstraint constraint = {0};
      TRY(parse_table_constraint(parser, &constraint));
      ARENA_PUSH(parser->arena, parser->error, &table->constraints, constraint);
    } else {
      SqlColumnDefinition column = {0};
      TRY(parse_column_definition(parser, &column, NULL));
      ARENA_PUSH(parser->arena, parser->error, &table->columns, column);
    }
  } while (parser_accept(parser, TOKEN_COMMA));
  return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
}

// PARTITIONED BY (…) and SORTED BY (…) in either order, then WITH (…), then ON COMMIT …
static Status parse_table_options(Parser *parser, SqlCreateTable *table) {
  for (;;) {
    if (parser_accept_keywords(parser, KEYWORD_PARTITIONED, KEYWORD_BY)) {
      TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
      TRY(parse_expression_list(parser, true, &table->partitioned_by));
      TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    } else if (parser_accept_keywords(parser, KEYWORD_SORTED, KEYWORD_BY)) {
      TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
      TRY(parse_order_list(parser, &table->sorted_by));
      TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
    } else {
      break;
    }
  }
  if (parser_is_keyword(parser, KEYWORD_WITH) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS)) {
    parser_advance(parser);
    TRY(parse_options(parser, &table->options));
  }
  if (!parser_accept_keywords(parser, KEYWORD_ON, KEYWORD_COMMIT)) return OK;
  if (parser_accept_keywords(parser, KEYWORD_PRESERVE, KEYWORD_ROWS)) return OK;
  return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "Only ON COMMIT PRESERVE ROWS is supported");
}

// `t(a, b) AS SELECT …`: the elements were names only.
static Status elements_to_names(Parser *parser, SqlCreateTable *table) {
  for (uint32_t i = 0; i < table->columns.count; i++) {
    const SqlColumnDefinition *column = &table->columns.items[i];
    bool bare = !column->type && !column->generated && !column->default_value && column->constraints.count == 0;
    if (!bare) return parser_syntax_error(parser);
    ARENA_PUSH(parser->arena, parser->error, &table->column_names, column->name);
  }
  if (table->constraints.count > 0) return parser_syntax_error(parser);
  table->columns.count = 0;
  return OK;
}

// A column without a type is an error, told at what stands where the type should be.
static Status check_types(Parser *parser, const SqlCreateTable *table) {
  for (uint32_t i = 0; i < table->columns.count; i++) {
    const SqlColumnDefinition *column = &table->columns.items[i];
    if (column->type || column->generated) continue;
    uint32_t at = 0;
    while (at < parser->token_count && parser->tokens[at].position <= column->position) at++;
    return parser_syntax_error_at(parser, at);
  }
  return OK;
}

static Status parse_create_table(Parser *parser, SqlCreate *create) {
  SqlCreateTable *table = &create->table;
  TRY(parse_qualified_name(parser, &create->name));
  bool in_parentheses = parser_is(parser, TOKEN_LEFT_PARENTHESIS);
  if (in_parentheses) {
    TRY(parse_table_elements(parser, table));
  } else if (!parser_is_keyword(parser, KEYWORD_AS) && !parser_is_keyword(parser, KEYWORD_WITH) &&
             !parser_is_keyword(parser, KEYWORD_PARTITIONED) && !parser_is_keyword(parser, KEYWORD_SORTED)) {
    return parser_syntax_error(parser);
  }
  TRY(parse_table_options(parser, table));
  if (!parser_is_keyword(parser, KEYWORD_AS)) {
    if (!in_parentheses) return parser_syntax_error(parser);
    if (table->columns.count == 0) {
      return error_set(parser->error, ERROR_PARSER, -1, "Table must have at least one column!");
    }
    return check_types(parser, table);
  }
  TRY(elements_to_names(parser, table));
  parser_advance(parser);
  if (parser_is_keyword(parser, KEYWORD_EXECUTE)) {
    return error_set(parser->error, ERROR_PARSER, -1, "CREATE TABLE AS requires a SELECT clause");
  }
  TRY(parse_query(parser, &table->query));
  if (parser_accept_keyword(parser, KEYWORD_WITH)) {
    table->with_no_data = parser_accept_keyword(parser, KEYWORD_NO);
    TRY(parser_expect_keyword(parser, KEYWORD_DATA));
  }
  return OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// CREATE VIEW
// ---------------------------------------------------------------------------------------------------------------------

// CREATE RECURSIVE VIEW v(a) AS q is CREATE VIEW v AS WITH RECURSIVE v(a) AS (q) SELECT a FROM v.
static Status wrap_recursive_view(Parser *parser, SqlCreate *create) {
  SqlCreateView *view = &create->view;
  int32_t position = view->query->position;
  SqlQuery *outer;
  TRY(build_query(parser, SQL_QUERY_SELECT, position, &outer));
  outer->recursive = true;
  SqlCte cte = {
      .name = create->name.name, .column_aliases = view->column_names, .query = view->query, .position = position};
  ARENA_PUSH(parser->arena, parser->error, &outer->ctes, cte);
  for (uint32_t i = 0; i < view->column_names.count; i++) {
    SqlExpr *column;
    TRY(build_column(parser, position, view->column_names.items[i], &column));
    ARENA_PUSH(parser->arena, parser->error, &outer->select.items, column);
  }
  TRY(build_from(parser, SQL_FROM_TABLE, position, &outer->select.from));
  outer->select.from->table.name = (SqlName){.name = create->name.name, .position = position, .end = position};
  view->query = outer;
  view->column_names = (SqlNameList){0};
  return seal_query(parser, outer);
}

static Status parse_create_view(Parser *parser, SqlCreate *create) {
  SqlCreateView *view = &create->view;
  TRY(parse_qualified_name(parser, &create->name));
  if (parser_is(parser, TOKEN_LEFT_PARENTHESIS)) TRY(parse_name_list_in_parentheses(parser, &view->column_names));
  if (view->recursive && view->column_names.count == 0) return parser_syntax_error(parser);
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  TRY(parse_query(parser, &view->query));
  if (parser_is_keyword(parser, KEYWORD_WITH)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1, "VIEW CHECK options");
  }
  return view->recursive ? wrap_recursive_view(parser, create) : OK;
}

// ---------------------------------------------------------------------------------------------------------------------
// CREATE SEQUENCE
// ---------------------------------------------------------------------------------------------------------------------

static Status once(Parser *parser, bool *given, const char *what) {
  if (*given) return error_set(parser->error, ERROR_PARSER, -1, "%s should be passed at most once", what);
  *given = true;
  return OK;
}

static Status parse_sequence_option(Parser *parser, SqlSequenceOptions *options, bool *found) {
  Keyword keyword = parser_keyword(parser);
  bool no = keyword == KEYWORD_NO;
  if (no) keyword = (Keyword)parser_peek(parser, 1).keyword;
  *found = true;
  switch (keyword) {
    case KEYWORD_MINVALUE:
      TRY(once(parser, &options->has_minimum, "Minvalue"));
      break;
    case KEYWORD_MAXVALUE:
      TRY(once(parser, &options->has_maximum, "Maxvalue"));
      break;
    case KEYWORD_CYCLE:
      TRY(once(parser, &options->has_cycle, "Cycle"));
      break;
    case KEYWORD_INCREMENT:
      TRY(once(parser, &options->has_increment, "Increment"));
      break;
    case KEYWORD_START:
      TRY(once(parser, &options->has_start, "Start"));
      break;
    case KEYWORD_OWNED:
      options->has_owner = true;
      parser_advance(parser);
      TRY(parser_expect_keyword(parser, KEYWORD_BY));
      return parse_qualified_name(parser, &options->owner);
    case KEYWORD_AS: {
      SqlType *type; // always BIGINT
      parser_advance(parser);
      return parse_type(parser, &type);
    }
    case KEYWORD_CACHE: {
      int64_t ignored; // numbers are drawn one by one
      parser_advance(parser);
      return parse_signed_integer(parser, &ignored);
    }
    default:
      *found = false;
      return OK;
  }
  if (no) parser_advance(parser);
  parser_advance(parser);
  switch (keyword) {
    case KEYWORD_MINVALUE:
      options->no_minimum = no;
      return no ? OK : parse_signed_integer(parser, &options->minimum);
    case KEYWORD_MAXVALUE:
      options->no_maximum = no;
      return no ? OK : parse_signed_integer(parser, &options->maximum);
    case KEYWORD_CYCLE:
      options->cycle = !no;
      return OK;
    case KEYWORD_INCREMENT:
      parser_accept_keyword(parser, KEYWORD_BY);
      return parse_signed_integer(parser, &options->increment);
    default:
      parser_accept_keyword(parser, KEYWORD_WITH);
      return parse_signed_integer(parser, &options->start);
  }
}

Status parse_sequence_options(Parser *parser, SqlSequenceOptions *options) {
  bool found;
  do {
    TRY(parse_sequence_option(parser, options, &found));
  } while (found);
  return OK;
}

// Fills in what was not said and checks the whole.
static Status complete_sequence(Parser *parser, SqlSequenceOptions *options) {
  if (!options->has_increment) options->increment = 1;
  bool down = options->increment < 0;
  if (options->increment == 0) return error_set(parser->error, ERROR_PARSER, -1, "Increment must not be zero");
  if (!options->has_minimum || options->no_minimum) options->minimum = down ? INT64_MIN : 1;
  if (!options->has_maximum || options->no_maximum) options->maximum = down ? -1 : INT64_MAX;
  if (!options->has_start) options->start = down ? options->maximum : options->minimum;
  long long minimum = options->minimum, maximum = options->maximum, start = options->start;
  if (maximum <= minimum) {
    return error_set(parser->error, ERROR_PARSER, -1, "MINVALUE (%lld) must be less than MAXVALUE (%lld)", minimum,
                     maximum);
  }
  if (start < minimum) {
    return error_set(parser->error, ERROR_PARSER, -1, "START value (%lld) cannot be less than MINVALUE (%lld)", start,
                     minimum);
  }
  if (start > maximum) {
    return error_set(parser->error, ERROR_PARSER, -1, "START value (%lld) cannot be greater than MAXVALUE (%lld)",
                     start, maximum);
  }
  return OK;
}

static Status parse_create_sequence(Parser *parser, SqlCreate *create) {
  TRY(parse_qualified_name(parser, &create->name));
  TRY(parse_sequence_options(parser, &create->sequence));
  return complete_sequence(parser, &create->sequence);
}

// ---------------------------------------------------------------------------------------------------------------------
// CREATE INDEX, TYPE, MACRO, SNAPSHOT
// ---------------------------------------------------------------------------------------------------------------------

static Status parse_create_index(Parser *parser, SqlCreate *create) {
  SqlCreateIndex *index = &create->index;
  parser_accept_keyword(parser, KEYWORD_CONCURRENTLY);
  if (parser_accept_if_not_exists(parser)) create->on_conflict = SQL_CREATE_IF_NOT_EXISTS;
  if (parser_is_keyword(parser, KEYWORD_ON)) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, -1,
                     "Please provide an index name, e.g., CREATE INDEX my_name ...");
  }
  TRY(parse_qualified_name(parser, &create->name));
  TRY(parser_expect_keyword(parser, KEYWORD_ON));
  TRY(parse_qualified_name(parser, &index->table));
  if (parser_accept_keyword(parser, KEYWORD_USING)) TRY(parse_column_id_or_string(parser, &index->method));
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  SqlOrderList orders = {0}; // ASC, DESC and NULLS FIRST are read and, as in DuckDB, mean nothing
  TRY(parse_order_list(parser, &orders));
  TRY(parser_expect(parser, TOKEN_RIGHT_PARENTHESIS));
  for (uint32_t i = 0; i < orders.count; i++)
    ARENA_PUSH(parser->arena, parser->error, &index->exprs, orders.items[i].expr);
  if (parser_accept_keyword(parser, KEYWORD_WITH)) TRY(parse_options(parser, &index->options));
  return parser_accept_keyword(parser, KEYWORD_WHERE) ? parse_expression(parser, &index->where) : OK;
}

static Status parse_create_type(Parser *parser, SqlCreate *create) {
  TRY(parse_qualified_name(parser, &create->name));
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  bool is_enum = parser_is_keyword(parser, KEYWORD_ENUM) && parser_peek_is(parser, 1, TOKEN_LEFT_PARENTHESIS);
  if (!is_enum) return parse_type(parser, &create->type.type);
  int32_t position = parser_position(parser);
  parser_advance(parser);
  parser_advance(parser);
  if (parser_starts_query(parser, 0)) {
    TRY(parse_query(parser, &create->type.query));
    return parser_expect(parser, TOKEN_RIGHT_PARENTHESIS);
  }
  SqlType *type;
  ARENA_NEW(parser->arena, parser->error, type);
  type->kind = SQL_TYPE_ENUM;
  type->position = position;
  create->type.type = type;
  while (!parser_accept(parser, TOKEN_RIGHT_PARENTHESIS)) {
    Str label;
    TRY(parse_string(parser, &label));
    ARENA_PUSH(parser->arena, parser->error, &type->enumeration.labels, label);
    if (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) TRY(parser_expect(parser, TOKEN_COMMA));
  }
  return seal_type(parser, type);
}

// name [type] [:= default]
static Status parse_macro_parameter(Parser *parser, SqlMacroParameter *parameter) {
  parameter->position = parser_position(parser);
  if (!parser_is_type_name(parser_token(parser)) && !parser_is_column_id(parser_token(parser))) {
    return parser_syntax_error(parser);
  }
  TRY(parse_label(parser, &parameter->name));
  TokenKind kind = parser_kind(parser);
  if (kind != TOKEN_COMMA && kind != TOKEN_RIGHT_PARENTHESIS && kind != TOKEN_COLON_EQUALS &&
      kind != TOKEN_EQUALS_GREATER) {
    TRY(parse_type(parser, &parameter->type));
  }
  if (parser_accept(parser, TOKEN_COLON_EQUALS) || parser_accept(parser, TOKEN_EQUALS_GREATER)) {
    return parse_expression(parser, &parameter->default_value);
  }
  return OK;
}

static Status check_macro_parameter(Parser *parser, const SqlMacro *macro, const SqlMacroParameter *parameter) {
  for (uint32_t i = 0; i < macro->parameters.count; i++) {
    if (str_equal_nocase(macro->parameters.items[i].name, parameter->name)) {
      return error_set(parser->error, ERROR_PARSER, -1, "Duplicate parameter '%.*s' in macro definition",
                       STR_ARG(parameter->name));
    }
  }
  bool default_before =
      macro->parameters.count > 0 && macro->parameters.items[macro->parameters.count - 1].default_value;
  if (default_before && !parameter->default_value) {
    return error_set(parser->error, ERROR_PARSER, -1, "Parameter without a default follows parameter with a default");
  }
  return OK;
}

// (parameters) AS expression, (parameters) AS TABLE query. *body is the token behind AS.
static Status parse_macro(Parser *parser, SqlMacro *macro, uint32_t *body) {
  TRY(parser_expect(parser, TOKEN_LEFT_PARENTHESIS));
  while (!parser_accept(parser, TOKEN_RIGHT_PARENTHESIS)) {
    SqlMacroParameter parameter = {0};
    TRY(parse_macro_parameter(parser, &parameter));
    TRY(check_macro_parameter(parser, macro, &parameter));
    ARENA_PUSH(parser->arena, parser->error, &macro->parameters, parameter);
    if (!parser_is(parser, TOKEN_RIGHT_PARENTHESIS)) TRY(parser_expect(parser, TOKEN_COMMA));
  }
  TRY(parser_expect_keyword(parser, KEYWORD_AS));
  *body = parser->at;
  if (parser_accept_keyword(parser, KEYWORD_TABLE)) {
    return parse_query(parser, &macro->query);
  }
  return parse_expression(parser, &macro->expr);
}

static Status parse_create_macro(Parser *parser, SqlCreate *create) {
  TRY(parse_qualified_name(parser, &create->name));
  do {
    SqlMacro macro = {0};
    uint32_t body = 0;
    TRY(parse_macro(parser, &macro, &body));
    bool table = macro.query != NULL;
    if (create->macros.count > 0 && (create->kind == SQL_OBJECT_TABLE_MACRO) != table) {
      return parser_syntax_error_at(parser, body);
    }
    if (table) create->kind = SQL_OBJECT_TABLE_MACRO;
    ARENA_PUSH(parser->arena, parser->error, &create->macros, macro);
  } while (parser_accept(parser, TOKEN_COMMA));
  return OK;
}

static Status parse_create_snapshot(Parser *parser, SqlStatement *statement, SqlOnConflict on_conflict) {
  statement->kind = SQL_STATEMENT_SNAPSHOT;
  statement->snapshot = (SqlSnapshot){.kind = SQL_SNAPSHOT_CREATE, .on_conflict = on_conflict};
  if (parser_accept_if_not_exists(parser)) statement->snapshot.on_conflict = SQL_CREATE_IF_NOT_EXISTS;
  return parse_column_id_or_string(parser, &statement->snapshot.name);
}

// ---------------------------------------------------------------------------------------------------------------------
// CREATE [OR REPLACE] [TEMPORARY] …
// ---------------------------------------------------------------------------------------------------------------------

static bool accept_temporary(Parser *parser) {
  bool local = parser_is_keyword(parser, KEYWORD_LOCAL) || parser_is_keyword(parser, KEYWORD_GLOBAL);
  Keyword next = (Keyword)parser_peek(parser, local).keyword;
  if (next == KEYWORD_TEMP || next == KEYWORD_TEMPORARY) {
    if (local) parser_advance(parser);
    parser_advance(parser);
    return true;
  }
  parser_accept_keyword(parser, KEYWORD_PERSISTENT);
  return false;
}

static Status parse_created_object(Parser *parser, SqlStatement *statement) {
  SqlCreate *create = &statement->create;
  Keyword keyword = parser_keyword(parser);
  if (keyword == KEYWORD_RECURSIVE && parser_peek_keyword(parser, 1, KEYWORD_VIEW)) {
    parser_advance(parser);
    keyword = KEYWORD_VIEW;
    create->view.recursive = true;
  }
  if (keyword == KEYWORD_UNIQUE && parser_peek_keyword(parser, 1, KEYWORD_INDEX)) {
    parser_advance(parser);
    keyword = KEYWORD_INDEX;
    create->index.unique = true;
  }
  if (keyword == KEYWORD_SECRET || keyword == KEYWORD_TRIGGER) {
    return error_set(parser->error, ERROR_NOT_IMPLEMENTED, parser_position(parser), "CREATE %s is not supported",
                     keyword == KEYWORD_SECRET ? "SECRET" : "TRIGGER");
  }
  if (keyword == KEYWORD_SNAPSHOT) {
    parser_advance(parser);
    return parse_create_snapshot(parser, statement, create->on_conflict);
  }
  static const struct {
    Keyword keyword;
    SqlObjectKind kind;
    Status (*parse)(Parser *parser, SqlCreate *create);
  } objects[] = {
      {KEYWORD_TABLE, SQL_OBJECT_TABLE, parse_create_table},
      {KEYWORD_VIEW, SQL_OBJECT_VIEW, parse_create_view},
      {KEYWORD_SCHEMA, SQL_OBJECT_SCHEMA, NULL},
      {KEYWORD_SEQUENCE, SQL_OBJECT_SEQUENCE, parse_create_sequence},
      {KEYWORD_INDEX, SQL_OBJECT_INDEX, parse_create_index},
      {KEYWORD_TYPE, SQL_OBJECT_TYPE, parse_create_type},
      {KEYWORD_MACRO, SQL_OBJECT_MACRO, parse_create_macro},
      {KEYWORD_FUNCTION, SQL_OBJECT_MACRO, parse_create_macro},
  };
  for (size_t i = 0; i < COUNT_OF(objects); i++) {
    if (objects[i].keyword != keyword) continue;
    create->kind = objects[i].kind;
    parser_advance(parser);
    bool replace = create->on_conflict == SQL_CREATE_OR_REPLACE; // then IF is a name, and NOT an error, as in DuckDB
    if (keyword != KEYWORD_INDEX && !replace && parser_accept_if_not_exists(parser)) {
      create->on_conflict = SQL_CREATE_IF_NOT_EXISTS;
    }
    return objects[i].parse ? objects[i].parse(parser, create) : parse_qualified_name(parser, &create->name);
  }
  return parser_syntax_error(parser);
}

Status parse_create(Parser *parser, SqlStatement *statement) {
  SqlCreate *create = &statement->create;
  if (parser_accept_keyword(parser, KEYWORD_OR)) {
    TRY(parser_expect_keyword(parser, KEYWORD_REPLACE));
    create->on_conflict = SQL_CREATE_OR_REPLACE;
  }
  create->temporary = accept_temporary(parser);
  return parse_created_object(parser, statement);
}
