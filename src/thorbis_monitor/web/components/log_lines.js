// Log lines, newest first. Everything is text: nothing of a record is ever read as HTML.
export default {
  template: `
    <ol class="log-lines" tabindex="0" aria-label="Newest log lines">
      <li v-for="line in lines" :key="line.key" :class="['log-line', 'level-' + line.level.toLowerCase()]">
        <time :datetime="line.at" :title="line.at">{{ clock(line.at) }}</time>
        <span class="log-level">{{ line.level }}</span>
        <span class="log-component" :title="line.component">{{ line.component }}</span>
        <span class="log-message">{{ line.message }}</span>
      </li>
    </ol>`,
  props: { lines: Array },
  methods: {
    clock(at) {
      const moment = new Date(at);
      const time = moment.toLocaleTimeString("en-GB") + "." + String(moment.getMilliseconds()).padStart(3, "0");
      const today = moment.toDateString() === new Date().toDateString();
      return today ? time : moment.toLocaleDateString(undefined, { day: "2-digit", month: "short" }) + " " + time;
    },
  },
};
