// Starts telegram-test-api on the loopback port that is given, and says when it listens.
const TelegramServer = require("telegram-test-api");

const port = Number(process.argv[2]);
new TelegramServer({ host: "127.0.0.1", port, storage: "RAM", storeTimeout: 3600 }).start().then(
  () => console.log("listening"),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
