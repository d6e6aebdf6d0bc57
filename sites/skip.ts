/** What a row function returns for a row that is no site. */
export class Skip {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Leaves a row out, for a reason that is listed with the inventory: rows never go missing without a word. */
export function skip(reason: string): Skip {
  return new Skip(reason);
}
