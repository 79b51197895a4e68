// SPDX-License-Identifier: MIT
//
// changes.mjs: random sequences of statements that change tables, for comparison of what they return and of the tables after.
import { Expressions } from "./expressions.mjs";
import { literal } from "./types.mjs";

export class Changes {
  constructor(random, functions, tables) {
    Object.assign(this, { random, functions, tables });
  }

  #expressions(table, prefix = "") {
    const scope = { columns: table.columns.map(({ name, type }) => ({ sql: prefix + name, type })), keys: [`${prefix}id`], ordered: true, rows: table.rows };
    return new Expressions(this.random, this.functions, scope, {});
  }

  #returning(columns) {
    const { random } = this;
    if (random.chance(0.5)) return "";
    return ` RETURNING ${random.shuffled(columns, random.between(1, 3)).map(({ name }) => `${name}::VARCHAR AS ${name}`).join(", ")}`;
  }

  #row(columns, id) {
    const { random } = this;
    return `(${columns.map(({ name, type }) => (name === "id" ? id : random.chance(0.1) ? "NULL" : random.chance(0.1) ? "DEFAULT" : literal(random, type))).join(", ")})`;
  }

  #id() {
    return `${this.random.between(-3, 12)}`;
  }

  #insert(target) {
    const { random } = this;
    const { columns, name } = target;
    const rows = random.chance(0.7)
      ? `VALUES ${random.times(random.between(1, 3), () => this.#row(columns, this.#id())).join(", ")}`
      : `SELECT ${columns.map((column) => (column.name === "id" ? `id + ${random.between(0, 30)}` : column.name)).join(", ")} FROM ${target.source.name} WHERE id < ${random.between(0, 20)}`;
    const set = random.shuffled(columns.filter((column) => column.name !== "id"), random.between(1, 2)).map((column) => `${column.name} = ${random.pick([`excluded.${column.name}`, literal(random, column.type), column.name])}`).join(", ");
    const conflict = target.unique ? random.pick(["", " ON CONFLICT DO NOTHING", " ON CONFLICT (id) DO NOTHING", ` ON CONFLICT (id) DO UPDATE SET ${set}`, ` ON CONFLICT (id) DO UPDATE SET ${set} WHERE ${name}.id > ${this.#id()}`]) : "";
    if (target.unique && !conflict && random.chance(0.2)) return `INSERT OR ${random.pick(["REPLACE", "IGNORE"])} INTO ${name} ${rows}${this.#returning(columns)}`;
    return `INSERT INTO ${name} ${rows}${conflict}${this.#returning(columns)}`;
  }

  #update(target) {
    const { random } = this;
    const expressions = this.#expressions(target);
    const set = random.shuffled(target.columns.filter((column) => column.name !== "id"), random.between(1, 3)).map(({ name, type }) => `${name} = ${expressions.of(type, 1)}`);
    if (random.chance(0.15)) set.push(`id = id + ${random.pick([1, 100, -100])}`);
    if (random.chance(0.25)) {
      const { name, source } = target;
      const column = random.pick(target.columns.filter((one) => one.name !== "id"));
      return `UPDATE ${name} SET ${column.name} = o.${column.name} FROM ${source.name} o WHERE ${name}.id = o.id${random.chance(0.5) ? ` AND o.id % ${random.between(2, 4)} = 0` : ""}`;
    }
    return `UPDATE ${target.name} SET ${set.join(", ")}${random.chance(0.8) ? ` WHERE ${expressions.predicate(1)}` : ""}${this.#returning(target.columns)}`;
  }

  #delete(target) {
    const { random } = this;
    if (random.chance(0.25)) return `DELETE FROM ${target.name} USING ${target.source.name} o WHERE ${target.name}.id = o.id AND o.id % ${random.between(2, 4)} = 0`;
    if (random.chance(0.05)) return `TRUNCATE ${target.name}`;
    return `DELETE FROM ${target.name} WHERE ${random.chance(0.5) ? `id % ${random.between(2, 5)} = ${random.below(3)}` : this.#expressions(target).predicate(1)}${this.#returning(target.columns)}`;
  }

  #merge(target) {
    const { random } = this;
    const { name, source, columns } = target;
    const some = random.shuffled(columns.filter((column) => column.name !== "id"), random.between(1, 2));
    const set = some.map((column) => `${column.name} = ${random.pick([`o.${column.name}`, literal(random, column.type)])}`).join(", ");
    const matched = random.pick([`UPDATE SET ${set}`, "DELETE", "DO NOTHING", `UPDATE SET ${set}`]);
    const names = columns.map((column) => column.name);
    const insert = random.pick([`INSERT (${names.join(", ")}) VALUES (${names.map((one) => `o.${one}`).join(", ")})`, "INSERT BY NAME", "DO NOTHING"]);
    // With BY SOURCE, DuckDB 1.5 returns columns that nobody has written.
    const bySource = random.chance(0.3) ? ` WHEN NOT MATCHED BY SOURCE THEN ${random.pick([`UPDATE SET ${some[0].name} = NULL`, "DELETE"])}` : "";
    return `MERGE INTO ${name} USING (SELECT * FROM ${source.name} WHERE id % ${random.between(1, 3)} = 0) o ON ${name}.id = o.id` +
      ` WHEN MATCHED${random.chance(0.3) ? ` AND o.id > ${this.#id()}` : ""} THEN ${matched} WHEN NOT MATCHED THEN ${insert}${bySource}${!bySource && random.chance(0.4) ? ` RETURNING merge_action, ${name}.id::VARCHAR AS id` : ""}`;
  }

  #alter(target) {
    const { random } = this;
    const column = this.random.pick(target.columns.filter(({ name }) => /^c/.test(name)));
    if (!column) return `ALTER TABLE ${target.name} ALTER g SET DEFAULT 7`;
    return random.pick([
      `ALTER TABLE ${target.name} ALTER ${column.name} SET DEFAULT ${literal(random, column.type)}`,
      `ALTER TABLE ${target.name} ALTER s SET DEFAULT 'by default'`,
      `CREATE INDEX ${target.name}_${random.below(1000)} ON ${target.name}(${random.pick(["g", "s", "id"])})`,
    ]);
  }

  /** Statements: [{sql, asText}]; the last one asks for the table. */
  sequence(number) {
    const { random } = this;
    const small = this.tables.filter(({ rows }) => rows <= 2100);
    const source = random.pick(small.length ? small : this.tables);
    const name = `d${number}`;
    const unique = random.chance(0.6);
    const columns = source.columns.map((column) => ({ ...column, null: random.chance(0.05) }));
    const target = { ...source, name, source: random.pick(small.filter((table) => table === source)) ?? source, unique };
    const check = random.chance(0.15) ? ", CHECK (g IS NULL OR g < 100)" : "";
    const statements = [
      `CREATE TABLE ${name}(${columns.map((column) => `${column.name} ${column.type}${unique && column.name === "id" ? " PRIMARY KEY" : ""}`).join(", ")}${check})`,
      `INSERT INTO ${name} SELECT * FROM ${source.name} WHERE id % ${random.between(1, 3)} = 0`,
    ];
    let inside = false;
    for (let count = random.between(3, 9); count > 0; count--) {
      if (!inside && random.chance(0.2)) {
        statements.push("BEGIN");
        inside = true;
      }
      const change = random.weighted([[4, () => this.#insert(target)], [4, () => this.#update(target)], [3, () => this.#delete(target)], [2, () => this.#merge(target)], [1, () => this.#alter(target)]]);
      statements.push(change());
      if (inside && random.chance(0.3)) {
        statements.push(random.pick(["COMMIT", "ROLLBACK"]));
        inside = false;
      }
    }
    if (inside) statements.push(random.pick(["COMMIT", "ROLLBACK"]));
    const table = { sql: `SELECT * FROM ${name}`, asText: true };
    return [...statements.map((sql) => ({ sql, asText: false })), table, { sql: `SELECT count(*), min(id), max(id), count(g) FROM ${name} WHERE g = ${random.between(0, 4)}`, asText: true }];
  }
}
