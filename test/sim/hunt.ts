export const catchBugs = async (..._: unknown[]): Promise<number> => 0;
