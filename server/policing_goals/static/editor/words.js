// The words of the page's language, which the template puts in a data block.
export const words = JSON.parse(document.getElementById("words").textContent);
export const language = document.documentElement.lang;

const plural = new Intl.PluralRules(language);
const decimal = new Intl.NumberFormat(language);

export function numberOfRows(number) {
  // A form may say its number in a word, as Arabic does for one and two.
  return words.rows[plural.select(number)].replace(/\d+/, decimal.format(number));
}

export function localNumber(number) {
  return decimal.format(number);
}

export function milliseconds(number) {
  return `${decimal.format(Math.round(number))} ms`;
}
