// A moment in time as people say it ("3 min ago"), kept up to date by the browser, in its own zone on hover.
const STEPS = [
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

function inWords(seconds) {
  const index = STEPS.findIndex(([size]) => seconds >= size);
  if (index < 0) return "0 s";
  const [size, unit] = STEPS[index];
  const whole = `${Math.floor(seconds / size)} ${unit}`;
  if (index > 1 || index + 1 === STEPS.length) return whole;
  const [smaller, smallerUnit] = STEPS[index + 1];
  const rest = Math.floor((seconds % size) / smaller);
  return rest ? `${whole} ${rest} ${smallerUnit}` : whole;
}

export default {
  template: `<time :datetime="at" :title="absolute">{{ words }}</time>`,
  props: { at: String, form: String },
  data() {
    return { now: Date.now() };
  },
  computed: {
    words() {
      const seconds = Math.max(0, Math.floor((this.now - Date.parse(this.at)) / 1000));
      if (this.form === "length") return inWords(seconds);
      if (this.form === "since") return `${this.clock} (${inWords(seconds)})`;
      return seconds < 5 ? "just now" : `${inWords(seconds)} ago`;
    },
    clock() {
      const at = new Date(this.at);
      const today = at.toDateString() === new Date(this.now).toDateString();
      const day = today ? "" : at.toLocaleDateString(undefined, { day: "numeric", month: "short" }) + " ";
      return day + at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    },
    absolute() {
      return new Date(this.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
    },
  },
  mounted() {
    this.ticking = setInterval(() => (this.now = Date.now()), 1000);
  },
  beforeUnmount() {
    clearInterval(this.ticking);
  },
};
