// The colours of confusion matrices: how much there is, or how much more and less than in the baseline. Both can be
// told apart without seeing red and green.
const STEPS = 1000;
const SCALES = {
  light: {
    ground: [252, 252, 251],
    missing: [232, 231, 228],
    heat: [[247, 248, 252], [199, 212, 244], [127, 155, 232], [52, 80, 200], [24, 38, 110]],
    more: [[250, 250, 248], [253, 208, 162], [241, 141, 60], [204, 87, 8], [127, 48, 3]],
    less: [[250, 250, 248], [190, 216, 236], [107, 174, 214], [33, 113, 181], [8, 58, 120]],
  },
  dark: {
    ground: [18, 20, 24],
    missing: [46, 49, 56],
    heat: [[24, 27, 33], [34, 44, 90], [58, 82, 178], [124, 150, 248], [222, 230, 255]],
    more: [[24, 27, 33], [94, 48, 14], [168, 86, 20], [235, 140, 52], [255, 222, 180]],
    less: [[24, 27, 33], [16, 56, 92], [30, 98, 156], [82, 164, 222], [206, 232, 250]],
  },
};

export function scalesOf(theme) {
  return SCALES[theme];
}

// The colour of a value within -highest..highest, or 0..highest. Small shares are to be seen beside large ones; small
// differences less so, for most are chance.
export function colourOf(scales, value, highest, far) {
  if (Number.isNaN(value)) return scales.missing;
  const stops = far ? (value < 0 ? scales.less : scales.more) : scales.heat;
  const at = Math.min(1, (Math.abs(value) / highest) ** (far ? 0.7 : 0.5)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(at));
  return stops[low].map((one, channel) => Math.round(one + (stops[low + 1][channel] - one) * (at - low)));
}

// The same of many values, as the bytes of a picture: each value takes the nearest of a thousand colours.
export function paint(values, bytes, scales, highest, far) {
  const side = (sign) => Array.from({ length: STEPS + 1 }, (_, at) => colourOf(scales, (sign * at * highest) / STEPS, highest, far));
  const [over, under] = [side(1), far ? side(-1) : null];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    const step = Math.min(STEPS, Math.round((Math.abs(value) / highest) * STEPS));
    const colour = value !== value ? scales.missing : value < 0 && under ? under[step] : over[step];
    bytes[4 * at] = colour[0];
    bytes[4 * at + 1] = colour[1];
    bytes[4 * at + 2] = colour[2];
    bytes[4 * at + 3] = 255;
  }
}

export function isDark([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140;
}

export function css([red, green, blue]) {
  return `rgb(${red} ${green} ${blue})`;
}
