@env.task
async def t_main():
    await t1()
    local_cpu_intensive_function()
    await t2()
