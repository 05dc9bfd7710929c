// Numbers in words: all digits, in groups of three, as the server writes them.
export function grouped(number) {
  return number.toLocaleString("en").replaceAll(",", " ");
}
