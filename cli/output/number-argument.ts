import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Reads a whole number above 0; a release may also be written as its tag, `release/12`. */
export function wholeNumber(what: string): (text: string) => number {
  return (text) => {
    const digits = text.replace(/^(refs\/tags\/)?release\//, "");
    if (!/^[1-9][0-9]{0,15}$/.test(digits) || !Number.isSafeInteger(Number(digits)))
      throw new InvalidArgumentError(`${what} must be a whole number, 1 or more.`);
    return Number(digits);
  };
}
