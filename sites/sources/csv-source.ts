import { Corrections } from "./corrections.ts";
import { CsvFile, type RowFunction } from "./csv-file.ts";
import type { CsvRow } from "./csv-row.ts";
import { listFiles, readFileText } from "../text/file-text.ts";
import type { InventorySource } from "./source.ts";

export interface CsvOptions<Column extends string = string> {
  /** A file `row,column,value,because` with corrections of single cells; `key` gives a row's name in it. */
  readonly corrections?: { readonly file: string; readonly key: (row: CsvRow<Column>) => string };
}

/** A table with a header; the row function turns rows into sites. `path` is a file, or a folder with `.csv` files. */
export function csv<Column extends string = string>(
  path: string,
  toSite: RowFunction<Column>,
  options: CsvOptions<Column> = {},
): InventorySource {
  return {
    read: (sink) => {
      const list = listFiles(path, [".csv"]);
      if ("problem" in list) return sink.unreadable(list.problem);
      const { corrections } = options as CsvOptions;
      const opened = corrections && Corrections.tryOpen(corrections.file, sink);
      const correct = corrections && opened ? { key: corrections.key, corrections: opened } : undefined;
      for (const file of list.files) {
        const read = readFileText(file);
        if ("problem" in read) sink.unreadable(read.problem);
        else new CsvFile(file, read.text, sink, toSite as RowFunction, correct).read();
      }
      opened?.reportUnused();
    },
  };
}
