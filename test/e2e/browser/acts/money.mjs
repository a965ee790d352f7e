/** Reads an amount as people see it: "¥1,234.50" is 123450 fen. */
export const fenOf = (text) => Math.round(Number(text.replace(/[^\d.]/g, '')) * 100)
