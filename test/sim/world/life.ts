/** One process of the agent, from its start to its end or to the power cut. What a dead one still has in hand comes to nothing. */
export interface Life {
  isAlive: boolean;
}
