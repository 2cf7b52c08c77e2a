// A browser without a window: follows redirects, keeps cookies, fills and sends the forms of the pages.

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'" };
const MOST_STEPS = 12;

export class Browser {
  #cookies = new Map();
  #person;
  #decision;

  /**
   * @param {{username: string, password: string}} person who signs in where a page asks for it
   * @param {"allow" | "deny"} decision what is pressed where a page asks for consent
   */
  constructor(person, decision = "allow") {
    this.#person = person;
    this.#decision = decision;
  }

  /** Goes to a page and on, until it is sent to `redirectUri`; answers with that URL. */
  async until(redirectUri, start) {
    let answer = await this.#get(start);
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = answer.headers.get("location");
      if (next !== null) {
        const target = new URL(next, answer.url);
        if (target.href.startsWith(redirectUri)) return target;
        answer = await this.#get(target);
      } else {
        answer = await this.#send(answer.url, await answer.text(), {});
      }
    }
    throw new Error(`never came back to ${redirectUri}`);
  }

  /** Confirms a device's code on its page; answers with the text of the last page. */
  async confirm(start, userCode) {
    let answer = await this.#get(start);
    let text = await answer.text();
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = answer.headers.get("location");
      if (next === null && !text.includes("<form")) return text;
      answer = next === null
        ? await this.#send(answer.url, text, { user_code: userCode })
        : await this.#get(new URL(next, answer.url));
      text = await answer.text();
    }
    throw new Error("the device page does not end");
  }

  async #get(url) {
    return this.#fetch(url, { method: "GET" });
  }

  async #send(pageUrl, html, known) {
    const form = /<form[^>]*>([\s\S]*?)<\/form>/.exec(html);
    if (form === null) throw new Error(`a page without a form: ${plain(html).slice(0, 200)}`);
    const action = attribute(form[0], "action") ?? pageUrl;
    // oidc-provider calls the name `login`, and takes what is typed there for the subject.
    const { username, password, sub } = this.#person;
    const fields = { ...known, username, password, login: sub };
    const body = new URLSearchParams();
    for (const [input] of form[1].matchAll(/<input[^>]*>/g)) {
      const name = attribute(input, "name");
      if (name !== null) body.set(name, fields[name] ?? attribute(input, "value") ?? "");
    }
    const buttons = [...form[1].matchAll(/<button[^>]*>/g)].map(([button]) => button);
    const pressed = buttons.find((button) => attribute(button, "value") === this.#decision);
    if (pressed !== undefined) body.set(attribute(pressed, "name"), this.#decision);
    return this.#fetch(new URL(action, pageUrl), { method: "POST", body });
  }

  async #fetch(url, options) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { accept: "text/html", ...(cookie && { cookie }) };
    const answer = await fetch(url, { ...options, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    return answer;
  }
}

function attribute(tag, name) {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found === null ? null : found[1].replace(/&[#a-z0-9]+;/gi, (entity) => ENTITIES[entity] ?? entity);
}

function plain(html) {
  return html.replace(/<style[\s\S]*?<\/style>/g, "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
}
