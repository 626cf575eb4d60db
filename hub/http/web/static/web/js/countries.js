// Says countries in the language of the page, as the browser knows them, and sorts them there. What is sent
// stays as it is.

const language = document.documentElement.lang;
const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
const order = new Intl.Collator(language);

for (const select of document.querySelectorAll("select[data-countries]")) {
  const codes = JSON.parse(select.dataset.countries);
  const [first, ...options] = select.options;
  for (const option of options) option.textContent = names.of(codes[option.value]) ?? option.textContent;
  options.sort((one, other) => order.compare(one.textContent, other.textContent));
  select.append(first, ...options);
}
