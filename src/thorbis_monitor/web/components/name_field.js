// Who acts: a name that this browser remembers.
const KEY = "thorbis-monitor.name";

export default {
  template: `
    <label class="name-field">
      <span>Acting as</span>
      <input v-model="name" type="text" maxlength="200" autocomplete="username" spellcheck="false"
        :placeholder="fallback" @change="remember" />
    </label>`,
  props: { fallback: String },
  data() {
    return { name: "" };
  },
  mounted() {
    try {
      this.name = localStorage.getItem(KEY) || "";
    } catch {
      this.name = ""; // the browser keeps nothing for this page
    }
    this.$emit("named", this.name);
  },
  methods: {
    remember() {
      try {
        localStorage.setItem(KEY, this.name.trim());
      } catch {
        // acts under this name until the page is closed
      }
      this.$emit("named", this.name.trim());
    },
  },
};
