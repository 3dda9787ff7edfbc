import { describe, expect, test } from 'vitest';
import { subject, type Bus } from './bus.js';

/** `settled` resolves when everything published so far has been delivered. */
export interface BusUnderTest {
  readonly bus: Bus;
  settled(): Promise<void>;
}

const A = subject<number>('a');
const B = subject<string>('b');

/** What every `Bus` keeps. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`bus: ${name}`, () => {
    test('PI-5: messages of one subject arrive in order, at every subscriber, and at no other subject', async () => {
      const { bus, settled } = await open();
      const got: [string, number | string][] = [];
      bus.subscribe(A, (message) => got.push(['first', message]));
      bus.subscribe(A, (message) => got.push(['second', message]));
      bus.subscribe(B, (message) => got.push(['other', message]));
      for (let i = 0; i < 5; i += 1) bus.publish(A, i);
      await settled();
      expect(got.filter(([who]) => who === 'first').map(([, i]) => i)).toEqual([0, 1, 2, 3, 4]);
      expect(got.filter(([who]) => who === 'second').map(([, i]) => i)).toEqual([0, 1, 2, 3, 4]);
      expect(got.filter(([who]) => who === 'other')).toEqual([]);
    });

    test('PI-5: a subject is its name', async () => {
      const { bus, settled } = await open();
      const got: number[] = [];
      bus.subscribe(subject<number>('a'), (message) => got.push(message));
      bus.publish(A, 1);
      await settled();
      expect(got).toEqual([1]);
    });

    test('PI-5: nobody there: the message is dropped, not kept', async () => {
      const { bus, settled } = await open();
      bus.publish(A, 1);
      await settled();
      const got: number[] = [];
      bus.subscribe(A, (message) => got.push(message));
      await settled();
      expect(got).toEqual([]);
    });

    test('PI-5: who has unsubscribed hears nothing more, the same function subscribed again still does', async () => {
      const { bus, settled } = await open();
      const got: number[] = [];
      const receive = (message: number): void => void got.push(message);
      const end = bus.subscribe(A, receive);
      bus.subscribe(A, receive);
      end();
      end();
      bus.publish(A, 1);
      await settled();
      expect(got).toEqual([1]);
    });
  });
}
