// Finds what a page asks for by data attribute and loads only those behaviours. Every page works without.
const behaviours = {
  "[data-live]": "live",
  "[data-said]": "announce",
  "[data-filter]": "filter",
  "[data-select]": "select",
  "[data-confirm]": "confirm",
  "[data-submit-once]": "submit",
  "[data-autostart]": "start",
  "[data-print]": "print",
};

const wanted = Object.entries(behaviours).filter(([selector]) => document.querySelector(selector));

await Promise.all(
  wanted.map(async ([, name]) => (await import(`./behaviours/${name}.js`)).start(document)),
);
document.documentElement.dataset.ready = "yes";
