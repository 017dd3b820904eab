/** A value, or what is wrong with the text and what to write instead; `problem` never repeats the text itself. */
export type ParseResult = { ok: true; value: unknown } | { ok: false; problem: string; instead: string };
