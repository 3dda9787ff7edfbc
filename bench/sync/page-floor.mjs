// The floor in a browser: one strict IndexedDB transaction, then one Socket.IO message.

import { io } from 'socket.io-client';

export async function connect(url, heard) {
  const socket = io(url, { transports: ['websocket'] });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('relayed', ([key, record]) => heard(key, record));
  const database = await openDatabase();
  return {
    async write(key, record) {
      await put(database, key, record);
      socket.emit('write', [key, record]);
    },
  };
}

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('floor', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('items');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function put(database, key, record) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('items', 'readwrite', { durability: 'strict' });
    transaction.objectStore('items').put(record, key);
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(transaction.error);
  });
}
