/** The page's mark: a sheet of key animation on its pegs. */
export const PAGE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="3" y="3" width="26" height="26" rx="6" fill="#d9603b"/>
<circle cx="16" cy="7.5" r="1.7" fill="#fff"/><rect x="6.5" y="6.3" width="5" height="2.4" rx="1.2" fill="#fff"/><rect x="20.5" y="6.3" width="5" height="2.4" rx="1.2" fill="#fff"/>
<path d="M7.5 25 14 14.5l4 6 2.5-3.5 4.5 8z" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round"/>
</svg>
`;

/** The core's own page; its script fills it. */
export const PAGE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>Genga</title>
<link rel="icon" type="image/svg+xml" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
</head>
<body>
<div id="page"><noscript>This page shows the queue of the Genga core and needs JavaScript.</noscript></div>
<script type="module" src="/page.js"></script>
</body>
</html>
`;
